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
import { type Misuse, wrong } from './helpers/misuse';
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
const THREE: TensorLike = [
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
const wide = (columns: number): number[][] => [0, 1].map((row) => Array.from({ length: columns }, (_, i) => row + i));
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
    texts: ['F1 score', '0.25', '2'],
  },
  {
    what: 'a run of a wide range',
    draw: (options) => trainingCurves({ history: { loss: [5, 0.02], mae: [2, 1] } }, options),
    texts: ['Loss (log scale)', '0.1', '1', 'MAE'],
  },
  {
    what: 'a confusion matrix of many samples and classes',
    draw: (options) => confusionMatrix(MANY, MANY, options),
    texts: ['0', '98'],
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
    texts: ['Residuals', 'Distribution of residuals', '1 are not finite', 'target − prediction'],
  },
  {
    what: 'predictions over targets',
    // Off by 0.5, 0 and 1; squares 1.25 of 2.
    draw: (options) => predictedOverTrue([[1], [2], [3]], [1.5, 2, 2], options),
    texts: ['Predicted over true', 'R² 0.375, mean absolute error 0.5', 'target', 'prediction'],
  },
  {
    what: 'predictions of several outputs',
    draw: (options) => predictedOverTrue(wide(12), wide(12), { ...options, labels: ['first'] }),
    texts: ['first', 'output 9', 'mean R² 1.000, mean absolute error 0, 10 of 12 outputs'],
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

export const PLOT_ERRORS: readonly Misuse[] = [
  { what: 'no history', call: () => trainingCurves(wrong({})), code: 'ERR_INVALID_ARG', message: /`history`/ },
  {
    what: 'fewer names than labels',
    call: () => rocCurve(LABELS, LABEL_SCORES, { labels: ['red'] }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`labels`/,
  },
  {
    what: 'fewer scores than labels',
    call: () => prCurve(LABELS, [1, 2, 3, 4]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`yPred`/,
  },
  { what: 'no layers', call: () => layerCurves({ layers: {} }), code: 'ERR_INVALID_ARG', message: /LayerStatistics/ },
  { what: 'no schedules', call: () => scheduleCurves([]), code: 'ERR_INVALID_ARG', message: /`schedules`/ },
  { what: 'no schedule', call: () => scheduleCurves(wrong('cosine')), code: 'ERR_INVALID_ARG', message: /`schedules`/ },
  { what: 'no activation', call: () => activationCurves(wrong('rely')), code: 'ERR_INVALID_ARG', message: /rely/ },
  { what: 'no losses', call: () => lossCurves([]), code: 'ERR_INVALID_ARG', message: /`losses`/ },
  { what: 'an unknown loss', call: () => lossCurves(wrong('msee')), code: 'ERR_INVALID_ARG', message: /'msee'/ },
  {
    what: 'an unknown format',
    call: () => lossCurves('mse', { format: wrong('gif') }),
    code: 'ERR_INVALID_ARG',
    message: /`format`, received 'gif'/,
  },
  {
    what: 'fewer predictions than targets',
    call: () => confusionMatrix([0, 1], [0]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`yPred`, received shape \[1\]/,
  },
  {
    what: 'more classes than a picture shows',
    call: () => confusionMatrix([1e9], [0]),
    code: 'ERR_OUT_OF_RANGE',
    message: /at most 2000 classes .* `yTrue`, received 1000000001/,
  },
  {
    what: 'a class without a name',
    call: () => confusionMatrix([0, 2], [0, 1], { labels: ['a', 'b'] }),
    code: 'ERR_OUT_OF_RANGE',
    message: /3 classes for `labels`/,
  },
  {
    what: 'half a class',
    call: () => rocCurve([0.5, 1], [0, 1]),
    code: 'ERR_INVALID_ARG',
    message: /`yTrue\[0\]`, received 0\.5/,
  },
  {
    what: 'a score that is no number',
    call: () => prCurve([0, 1], [0.5, Number.NaN]),
    code: 'ERR_INVALID_ARG',
    message: /`yPred\[1\]`, received NaN/,
  },
  {
    what: 'an output that is no number',
    call: () => confusionMatrix([0], [[0.5, Number.NaN]]),
    code: 'ERR_INVALID_ARG',
    message: /`yPred\[0\]\[1\]`, received NaN/,
  },
  {
    what: 'scores of fewer samples',
    call: () => prCurve([0, 1], [0.5]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`yPred`, received shape \[1\]/,
  },
  {
    what: 'logits where probabilities are drawn',
    call: () => calibrationCurve(TRUTH, [-2, 1, 0, 3]),
    code: 'ERR_OUT_OF_RANGE',
    message: /probabilities.*`yPred`, received -2/,
  },
  {
    what: 'a threshold for three classes',
    call: () => confusionMatrix([0, 0, 1, 2], THREE, { threshold: 0.5 }),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`threshold`.*\[4, 3\]/,
  },
  {
    what: 'residuals of other outputs',
    call: () => residuals([1, 2], wide(2)),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`yPred`, received shape \[2, 2\]/,
  },
  { what: 'no model', call: () => weightHistograms(wrong(null)), code: 'ERR_INVALID_ARG', message: /`model`/ },
];
