import { CategoricalCrossentropy, type LayerTable, PiecewiseConstantDecay, type TensorLike } from 'gemsbok';
import {
  activationCurves,
  calibrationCurve,
  confusionMatrix,
  gainsCurve,
  layerCurves,
  lossCurves,
  prCurve,
  predictedOverTrue,
  residuals,
  rocCurve,
  scheduleCurves,
  trainingCurves,
  weightHistograms,
} from 'gemsbok/plots';
import { classifier } from './models.cases';

interface Options {
  readonly format: 'svg' | 'png';
}

/** A plot, and texts that must be in it. */
export interface PlotCase {
  readonly what: string;
  readonly draw: (options: Options) => Promise<string | Uint8Array>;
  readonly texts: readonly string[];
}

export const TRUTH = [0, 0, 1, 1];
export const SCORES = [0.1, 0.4, 0.35, 0.8];
export const THREE: TensorLike = [
  [0.8, 0.1, 0.1],
  [0.3, 0.6, 0.1],
  [0.2, 0.7, 0.1],
  [0.1, 0.2, 0.7],
];
const HISTORY = {
  history: { loss: [2, 1], val_loss: [3, 2], my_metric: [0.5, 0.6] },
  epoch: [4, 5],
};

export const STEPS = new PiecewiseConstantDecay({ boundaries: [300, 600], values: [0.1, 0.05, 0.01] });
export const wide = (columns: number): number[][] =>
  [0, 1].map((row) => Array.from({ length: columns }, (_, i) => row + i));
const LONG = 'a name that is long, and goes on, and on,';
const THIRTY = Int32Array.from({ length: 60 }, (_, i) => i % 30);
const thirtyScores = (): number[][] =>
  Array.from(THIRTY, (own) => Array.from({ length: 30 }, (_, i) => Number(i === own)));
const thirtyNames = (): string[] =>
  Array.from({ length: 30 }, (_, i) => `a kind of thing that has a long name, with the end ${i}`);
const MANY = Int32Array.from({ length: 200_000 }, (_, i) => i % 100);

export const PLOTS: readonly PlotCase[] = [
  {
    what: 'losses over the error',
    draw: (options) => lossCurves(['mae', 'mse'], options),
    texts: ['Mean absolute error', 'Mean squared error', 'error (prediction − target)', 'loss', 'gradient', '10'],
  },
  {
    what: 'a crossentropy over the probability',
    draw: (options) => lossCurves('sparse_categorical_crossentropy', options),
    texts: ['Sparse categorical crossentropy', 'probability of the true class', '0.2'],
  },
  {
    what: 'a crossentropy over the logit',
    draw: (options) => lossCurves(new CategoricalCrossentropy({ fromLogits: true }), options),
    texts: ['logit of the true class', '−6'],
  },
  {
    what: 'a loss over the prediction',
    draw: (options) => lossCurves('mse', { ...options, over: 'prediction', yTrue: 2, from: 0, to: 4 }),
    texts: ['prediction (target 2)'],
  },
  {
    what: 'a loss over an angle',
    draw: (options) =>
      lossCurves('cosine_similarity', {
        ...options,
        axisTitle: 'angle',
        from: 0,
        to: Math.PI,
        gradient: false,
        sample: (at: number) => [[[1, 0]], [[Math.cos(at), Math.sin(at)]]],
      }),
    texts: ['Cosine similarity', 'angle', '−1'],
  },
  {
    what: 'activations',
    draw: (options) => activationCurves(['relu', 'softmax'], { ...options, from: -2 }),
    texts: ['Relu', 'Softmax', 'first element (others 0, 0)', 'x', 'value', 'derivative', '−2'],
  },
  {
    what: 'a learning rate',
    draw: (options) => scheduleCurves(STEPS, options),
    texts: ['Piecewise constant decay', 'step', 'learning rate', '1000'],
  },
  {
    what: 'a run',
    draw: (options) => trainingCurves(HISTORY, options),
    texts: ['Loss', 'My metric', 'training', 'validation', 'epoch', '5', '6'],
  },
  {
    what: 'a run whose values stay, are several, or not finite',
    draw: (options) =>
      trainingCurves(
        {
          history: {
            loss: [1, Number.NaN],
            acc: [0.25, 0.25],
            f1_score: [
              [0, 1],
              [0, 2],
            ],
          },
        },
        options,
      ),
    texts: ['F1 score', '0.25', '2', 'not finite in epoch 2'],
  },
  {
    what: 'a run without a number',
    draw: (options) => trainingCurves({ history: { loss: [Number.NaN, Infinity, Number.NaN] } }, options),
    texts: ['Loss', 'not finite in epochs between 1 and 3'],
  },
  {
    what: 'a run of a wide range',
    draw: (options) => trainingCurves({ history: { loss: [5, 0.02], mae: [2, 1] } }, options),
    texts: ['Loss (log scale)', '0.1', '1', 'MAE'],
  },
  {
    what: 'a confusion matrix of many samples and classes',
    draw: (options) => confusionMatrix(MANY, MANY, options),
    texts: ['0', '96', '99', 'the darker, the larger the part of the true class'],
  },
  {
    what: 'a confusion matrix',
    draw: (options) => confusionMatrix([0, 0, 1, 2], THREE, { ...options, labels: ['a', 'b & c', 'd'] }),
    texts: ['b &amp; c', 'true class', 'predicted class'],
  },
  {
    what: 'shares of classes',
    draw: (options) => confusionMatrix([0, 0, 0, 1], [0, 0, 1, 1], { ...options, normalize: true }),
    texts: ['0.67', '0.33', '1.00'],
  },
  {
    what: 'ROC of two classes',
    draw: (options) => rocCurve(TRUTH, SCORES, options),
    texts: ['model (AUC 0.750)', 'false positive rate', 'true positive rate'],
  },
  {
    what: 'ROC of each class',
    draw: (options) => rocCurve([0, 0, 1, 2], THREE, options),
    texts: ['class 0 (AUC 1.000)', 'class 1 (AUC 1.000)', 'class 2 (AUC 1.000)'],
  },
  {
    what: 'ROC of more classes than can be told apart',
    draw: (options) => rocCurve(THIRTY, thirtyScores(), { ...options, labels: thirtyNames() }),
    texts: ['mean AUC 1.000, the worst 20 of 30 curves', 'a kind of thing th…e, with the end 0 (AUC 1.000)'],
  },
  {
    what: 'ROC of classes that share a name',
    draw: (options) => rocCurve([0, 0, 1, 2], THREE, { ...options, labels: ['crane', 'crane', 'd'] }),
    texts: ['crane [0] (AUC 1.000)', 'crane [1] (AUC 1.000)', 'd (AUC 1.000)'],
  },
  {
    what: 'a confusion matrix of long names, and of some that are shared',
    draw: (options) =>
      confusionMatrix([0, 1, 2], [0, 1, 2], { ...options, labels: [`${LONG} a`, `${LONG} b`, `${LONG} b`] }),
    texts: [
      'a name that is … on, and on, a',
      'a name that is … on, and on, b [1]',
      'a name that is … on, and on, b [2]',
    ],
  },
  {
    what: 'precision and recall',
    draw: (options) => prCurve(TRUTH, SCORES, options),
    texts: ['model (AP 0.833)', 'recall', 'precision'],
  },
  {
    what: 'a confusion matrix of scores',
    draw: (options) => confusionMatrix(TRUTH, SCORES, options),
    texts: ['Confusion matrix (threshold 0.5)', '2', '1'],
  },
  {
    what: 'calibration',
    draw: (options) => calibrationCurve(TRUTH, SCORES, options),
    // (0.1² + 0.4² + 0.65² + 0.2²) / 4
    texts: ['Calibration', 'model (Brier 0.158)', 'predicted probability'],
  },
  {
    what: 'gains',
    draw: (options) => gainsCurve(TRUTH, SCORES, options),
    // Found after each of the four: 1/2, 1/2, 1, 1.
    texts: ['Gains', 'model (area 0.625)'],
  },
  {
    what: 'residuals',
    draw: (options) => residuals([1, 2, 3, 4], [1.5, 2, 2, Number.NaN], options),
    texts: ['Residuals', 'Distribution of residuals', '1 of 4 are not finite', 'target − prediction'],
  },
  {
    what: 'predictions over targets',
    // Off by 0.5, 0 and 1; squares 1.25 of 2.
    draw: (options) => predictedOverTrue([[1], [2], [3]], [1.5, 2, 2], options),
    texts: ['Predicted over true', 'R² 0.375, MAE 0.5', 'target', 'prediction'],
  },
  {
    what: 'predictions of several outputs',
    draw: (options) => predictedOverTrue(wide(12), wide(12), { ...options, labels: ['first'] }),
    texts: ['first', 'output 9', 'mean R² 1.000, MAE 0, 10 of 12 outputs'],
  },
  {
    what: 'predictions of more samples than can be seen',
    draw: (options) => residuals(MANY, MANY, options),
    texts: ['1000 of 200000 points'],
  },
  {
    what: 'weights',
    draw: (options) => weightHistograms(classifier(), options),
    texts: ['[6, 16]', '[3]', 'count', 'value'],
  },
  {
    what: 'several labels a sample',
    draw: (options) => confusionMatrix(LABELS, LABEL_SCORES, { ...options, labels: ['red', 'round', 'ripe'] }),
    texts: ['red', 'round', 'ripe', 'yes', 'no', 'true class'],
  },
  {
    what: 'the ROC of several labels a sample',
    draw: (options) => rocCurve(LABELS, LABEL_SCORES, options),
    // Of 'label 0' the pairs of a true and a false one that are in order: all 4; of 'label 1' all 4; of 'label 2' all 4.
    texts: ['label 0 (AUC 1.000)', 'label 1 (AUC 1.000)', 'label 2 (AUC 1.000)'],
  },
  {
    what: 'layers over epochs',
    draw: (options) => layerCurves({ layers: LAYERS }, options),
    texts: ['Norm of the gradient (log scale)', 'Dead and saturated units in %', 'hidden', 'out', 'epoch'],
  },
];

/** Four samples that have none, one, two and all of three labels. */
export const LABELS: TensorLike = [
  [0, 0, 0],
  [1, 0, 0],
  [0, 1, 1],
  [1, 1, 1],
];
export const LABEL_SCORES: TensorLike = [
  [0.6, 0.2, 0.1],
  [0.9, 0.1, 0.2],
  [0.4, 0.3, 0.8],
  [0.8, 0.7, 0.45],
];
const EPOCHS = [0, 1, 2];
const LAYERS: LayerTable = {
  hidden: { epoch: EPOCHS, rows: [9, 9, 9], gradientNorm: [1e-3, 1e-4, 0], units: [8, 8, 8], deadUnits: [0, 2, 4] },
  out: { epoch: EPOCHS, rows: [9, 9, 9], gradientNorm: [1, 0.5, 0.2], activationStd: [1, 1, 1] },
};
