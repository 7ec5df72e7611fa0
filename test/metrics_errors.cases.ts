import { metrics } from 'gemsbok';
import { type Misuse, wrong } from './helpers/misuse';

const { AUC, F1Score, FBetaScore, IoU, MeanIoU, Precision, Recall, TruePositives } = metrics;
const TWO = [
  [0, 1],
  [1, 0],
];
const CUBE = [TWO, TWO];

export const METRICS: readonly Misuse[] = [
  {
    what: 'a misspelt option of a metric',
    call: () => new metrics.BinaryAccuracy(wrong({ treshold: 0.5 })),
    code: 'ERR_INVALID_ARG',
    message: /`treshold`.*Did you mean `threshold`\?/,
  },
  {
    what: 'an empty name of a metric',
    call: () => new metrics.Mean({ name: '' }),
    code: 'ERR_INVALID_ARG',
    message: /`name`/,
  },
  {
    what: 'a metric of integers',
    call: () => new metrics.Mean({ dtype: wrong('int8') }),
    code: 'ERR_INVALID_ARG',
    message: /`dtype`, received 'int8'/,
  },
  {
    what: 'a threshold below 0',
    call: () => new metrics.BinaryAccuracy({ threshold: -0.5 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /between 0 and 1 for `threshold`, received -0.5/,
  },
  {
    what: 'a threshold above 1 in a list',
    call: () => new TruePositives({ thresholds: [0.5, 2] }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`thresholds\[1\]`, received 2/,
  },
  {
    what: 'null among thresholds',
    call: () => new TruePositives({ thresholds: wrong([null]) }),
    code: 'ERR_INVALID_ARG',
    message: /`thresholds\[0\]`, received null/,
  },
  {
    what: 'no thresholds',
    call: () => new Precision({ thresholds: [] }),
    code: 'ERR_INVALID_ARG',
    message: /`thresholds`, received an empty array/,
  },
  {
    what: 'thresholds in a view without numbers',
    call: () => new Precision({ thresholds: wrong(new DataView(new ArrayBuffer(8))) }),
    code: 'ERR_INVALID_ARG',
    message: /`thresholds`, received a DataView/,
  },
  {
    what: 'weights of labels in a view without numbers',
    call: () => new AUC({ multiLabel: true, labelWeights: wrong(new DataView(new ArrayBuffer(8))) }),
    code: 'ERR_INVALID_ARG',
    message: /`labelWeights`, received a DataView/,
  },
  {
    what: 'thresholds in a string',
    call: () => new Precision({ thresholds: wrong('0.5') }),
    code: 'ERR_INVALID_ARG',
    message: /`thresholds`, received '0.5'/,
  },
  {
    what: 'a k of 0',
    call: () => new metrics.TopKCategoricalAccuracy({ k: 0 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`k`, received 0/,
  },
  {
    what: 'a k that is no integer',
    call: () => new Precision({ topK: 1.5 }),
    code: 'ERR_INVALID_ARG',
    message: /`topK`, received 1.5/,
  },
  {
    what: 'a top k of more than there is',
    call: () => new Precision({ topK: 3 }).updateState(TWO, TWO),
    code: 'ERR_OUT_OF_RANGE',
    message: /at most the 2 columns of yPred for `topK`, received 3/,
  },
  {
    what: 'a negative class',
    call: () => new Recall({ classId: -1 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`classId`, received -1/,
  },
  {
    what: 'a class that is not there',
    call: () => new Recall({ classId: 2 }).updateState(TWO, TWO),
    code: 'ERR_OUT_OF_RANGE',
    message: /from 0 to 1 for `classId`, received 2/,
  },
  {
    what: 'a class of a vector',
    call: () => new Recall({ classId: 0 }).updateState([1, 0], [1, 0]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`yPred`, received shape \[2\]/,
  },
  {
    what: 'class indices for Precision',
    call: () => new Precision().updateState([1, 0], TWO),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`yTrue`, received shape \[2\]. Targets are 0 or 1 for each prediction/,
  },
  {
    what: 'no specificity',
    call: () => new metrics.SensitivityAtSpecificity(wrong({})),
    code: 'ERR_INVALID_ARG',
    message: /`specificity`, received undefined/,
  },
  {
    what: 'no options for a metric that needs some',
    call: () => new (wrong(metrics.PrecisionAtRecall))(),
    code: 'ERR_INVALID_ARG',
    message: /`recall`, received undefined/,
  },
  {
    what: 'a recall above 1',
    call: () => new metrics.PrecisionAtRecall({ recall: 1.5 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`recall`, received 1.5/,
  },
  {
    what: 'no thresholds to try',
    call: () => new metrics.RecallAtPrecision({ precision: 0.5, numThresholds: 0 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`numThresholds`, received 0/,
  },
  {
    what: 'a curve through one point',
    call: () => new AUC({ numThresholds: 1 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /between 2 and \d+ for `numThresholds`, received 1/,
  },
  {
    what: 'an unknown curve',
    call: () => new AUC({ curve: wrong('ROCK') }),
    code: 'ERR_INVALID_ARG',
    message: /`curve`, received 'ROCK'. Did you mean 'ROC'/,
  },
  {
    what: 'an unknown way to sum',
    call: () => new AUC({ summationMethod: wrong('middle') }),
    code: 'ERR_INVALID_ARG',
    message: /'interpolation', 'minoring', 'majoring' for `summationMethod`/,
  },
  {
    what: 'labels without multiLabel',
    call: () => new AUC({ numLabels: 2 }),
    code: 'ERR_INVALID_ARG',
    message: /`numLabels`, received 2/,
  },
  {
    what: 'another number of labels',
    call: () => new AUC({ multiLabel: true, numLabels: 3 }).updateState(TWO, TWO),
    code: 'ERR_SHAPE_MISMATCH',
    message: /3 labels for `yPred`, received shape \[2, 2\]/,
  },
  {
    what: 'another number of weights of labels',
    call: () => new AUC({ labelWeights: [1, 2, 3] }).updateState(TWO, TWO),
    code: 'ERR_SHAPE_MISMATCH',
    message: /3 labels for `yPred`/,
  },
  {
    what: 'a negative weight of a label',
    call: () => new AUC({ labelWeights: [1, -1] }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`labelWeights\[1\]`, received -1/,
  },
  {
    what: 'labels of rank 3',
    call: () => new AUC({ multiLabel: true }).updateState(CUBE, CUBE),
    code: 'ERR_SHAPE_MISMATCH',
    message: /\[batch, labels\] for `yPred`, received shape \[2, 2, 2\]/,
  },
  {
    what: 'other columns than before',
    call: () => {
      const score = new F1Score();
      score.updateState(TWO, TWO);
      score.updateState([[1, 0, 0]], [[1, 0, 0]]);
    },
    code: 'ERR_SHAPE_MISMATCH',
    message: /2 columns, as before, for `yPred`, received shape \[1, 3\]. Call `resetState`/,
  },
  {
    what: 'an unknown average',
    call: () => new F1Score({ average: wrong('median') }),
    code: 'ERR_INVALID_ARG',
    message: /'micro', 'macro', 'weighted' for `average`, received 'median'/,
  },
  {
    what: 'a beta of 0',
    call: () => new FBetaScore({ beta: 0 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /above 0 for `beta`, received 0/,
  },
  {
    what: 'a beta of null',
    call: () => new FBetaScore({ beta: wrong(null) }),
    code: 'ERR_INVALID_ARG',
    message: /`beta`, received null/,
  },
  {
    what: 'a beta for F1',
    call: () => new F1Score(wrong({ beta: 2 })),
    code: 'ERR_INVALID_ARG',
    message: /only known options of F1Score for `beta`/,
  },
  {
    what: 'a threshold of 0 for F1',
    call: () => new F1Score({ threshold: 0 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /above 0, up to 1, for `threshold`, received 0/,
  },
  {
    what: 'no number of classes',
    call: () => new MeanIoU(wrong({})),
    code: 'ERR_INVALID_ARG',
    message: /`numClasses`, received undefined/,
  },
  {
    what: 'no target classes',
    call: () => new IoU(wrong({ numClasses: 2 })),
    code: 'ERR_INVALID_ARG',
    message: /`targetClassIds`, received undefined/,
  },
  {
    what: 'a target class that is not there',
    call: () => new IoU({ numClasses: 2, targetClassIds: [0, 2] }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`targetClassIds\[1\]`, received 2/,
  },
  {
    what: 'classes of a binary metric',
    call: () => new metrics.BinaryIoU(wrong({ numClasses: 3 })),
    code: 'ERR_INVALID_ARG',
    message: /`numClasses`/,
  },
  {
    what: 'more scores than classes',
    call: () => new metrics.ConfusionMatrix({ numClasses: 2 }).updateState([0], [[1, 0, 0]]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /at most the 2 classes of `numClasses` for `yPred`, received shape \[1, 3\]/,
  },
  {
    what: 'scores instead of class indices',
    call: () => new MeanIoU({ numClasses: 2 }).updateState([0, 1], TWO),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`yTrue`, received shape \[2\]/,
  },
  {
    what: 'an axis that is not there',
    call: () => new metrics.OneHotMeanIoU({ numClasses: 2, axis: 2 }).updateState(TWO, TWO),
    code: 'ERR_OUT_OF_RANGE',
    message: /`axis`, received 2/,
  },
  {
    what: 'an unknown way to normalize',
    call: () => new metrics.ConfusionMatrix({ numClasses: 2, normalize: wrong('rows') }),
    code: 'ERR_INVALID_ARG',
    message: /'true', 'pred', 'all' for `normalize`/,
  },
  {
    what: 'an unknown aggregation',
    call: () => new metrics.R2Score({ classAggregation: wrong('wrong') }),
    code: 'ERR_INVALID_ARG',
    message: /`classAggregation`, received 'wrong'/,
  },
  {
    what: 'fewer regressors than none',
    call: () => new metrics.R2Score({ numRegressors: -1 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`numRegressors`, received -1/,
  },
  {
    what: 'a vector for R2',
    call: () => new metrics.R2Score().updateState([1, 2], [1, 2]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /\[batch, columns\] for `yPred`/,
  },
  {
    what: 'an axis twice',
    call: () => new metrics.PearsonCorrelation({ axis: [1, -1] }).updateState(TWO, TWO),
    code: 'ERR_INVALID_ARG',
    message: /axes that differ for `axis`/,
  },
  {
    what: 'one-hot targets instead of indices',
    call: () => new metrics.SparseCategoricalAccuracy().updateState([[0, 1]], [[0.5, 0.5]]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /class indices of shape \[1\].*`yTrue`, received shape \[1, 2\]/,
  },
  {
    what: 'weights that do not broadcast',
    call: () => new metrics.MeanSquaredError().updateState([[1], [2]], [[1], [2]], { sampleWeight: [1, 2, 3] }),
    code: 'ERR_SHAPE_MISMATCH',
    message: /broadcasts to the values of shape \[2\] for `sampleWeight`, received shape \[3\]/,
  },
  {
    what: 'a weight for each element of the one sample that a vector is',
    call: () => new metrics.MeanSquaredError().updateState([1, 2], [1, 2], { sampleWeight: [1, 2] }),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`sampleWeight`.*A vector is one sample/,
  },
  {
    what: 'a misspelt option of an update',
    call: () => new metrics.Accuracy().updateState([1], [1], wrong({ weights: [1] })),
    code: 'ERR_INVALID_ARG',
    message: /only known options of updateState for `weights`/,
  },
];
