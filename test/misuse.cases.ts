import { MeanSquaredError } from 'gemsbok';

/** What somebody without types, or with another library in mind, passes. */
export const WRONG: Readonly<Record<string, unknown>> = {
  null: null,
  true: true,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-1': -1,
  '0': 0,
  '1.5': 1.5,
  '1n': 1n,
  "'nonsense'": 'nonsense',
  'Symbol()': Symbol('wrong'),
  '{}': {},
  '[]': [],
  '[NaN]': [Number.NaN],
  "['a']": ['a'],
  'new Array(2)': new Array(2),
  'new Map()': new Map([['units', 1]]),
  'a function': () => 1,
  'a class': class Nothing {},
  'a loss': new MeanSquaredError(),
};

/** What no class takes for its options: these values, and names that it does not know. */
export const NO_OPTIONS = Object.keys(WRONG).filter((value) => value !== '{}' && value !== 'a loss');

/** Required options. */
export const REQUIRED: Readonly<Record<string, object>> = {
  Activation: { activation: 'relu' },
  AlphaDropout: { rate: 0.5 },
  BackupAndRestore: { backupDir: 'folder' },
  CategoryEncoding: { numTokens: 3 },
  ConfusionMatrix: { numClasses: 2 },
  CosineDecay: { initialLearningRate: 0.1, decaySteps: 10 },
  CosineDecayRestarts: { initialLearningRate: 0.1, firstDecaySteps: 10 },
  CSVLogger: { filename: 'run.csv' },
  Dense: { units: 2 },
  Dot: { axes: 1 },
  Dropout: { rate: 0.5 },
  Embedding: { inputDim: 3, outputDim: 2 },
  ExponentialDecay: { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.9 },
  GaussianDropout: { rate: 0.5 },
  GaussianNoise: { stddev: 0.5 },
  InverseTimeDecay: { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.9 },
  IoU: { numClasses: 2, targetClassIds: [0] },
  LearningRateScheduler: { schedule: () => 1 },
  Lambda: { forward: () => [] },
  MeanIoU: { numClasses: 2 },
  ModelCheckpoint: { filepath: 'model.keras' },
  OneHotIoU: { numClasses: 2, targetClassIds: [0] },
  OneHotMeanIoU: { numClasses: 2 },
  Permute: { dims: [1] },
  PiecewiseConstantDecay: { boundaries: [1], values: [1, 2] },
  PolynomialDecay: { initialLearningRate: 0.1, decaySteps: 10 },
  PrecisionAtRecall: { recall: 0.5 },
  RecallAtPrecision: { precision: 0.5 },
  RepeatVector: { n: 2 },
  Rescaling: { scale: 2 },
  Reshape: { targetShape: [2] },
  SensitivityAtSpecificity: { specificity: 0.5 },
  SpecificityAtSensitivity: { sensitivity: 0.5 },
  threshold: { threshold: 2, defaultValue: 0 },
};

/** What else `Class` or `Class.option` needs. */
export const BESIDE: Readonly<Record<string, object>> = {
  Discretization: { numBins: 2 },
  'Discretization.binBoundaries': {},
  'Discretization.numBins': {},
  Input: { shape: [2] },
  'Input.batchShape': {},
  'Input.shape': {},
  'MinMaxNorm.minValue': { maxValue: 2 },
  'ModelCheckpoint.saveWeightsOnly': { filepath: 'model.weights.h5' },
  'Normalization.mean': { variance: [1] },
  'Normalization.variance': { mean: [1] },
  'RandomUniform.minval': { maxval: 2 },
};

export interface Accepted {
  readonly why: string;
  readonly values: readonly string[];
  /** `option`, `family.option` or `Class.option`: the narrowest counts. */
  readonly options: readonly string[];
}

/** Which of {@link WRONG} are not wrong for an option; all are for one that is not here. */
export const ACCEPTED: readonly Accepted[] = [
  {
    why: 'any finite number: Keras checks none',
    values: ['-1', '0', '1.5'],
    options: [
      ...['adamLrRatio', 'alpha', 'b', 'beta', 'beta2Decay', 'decayRate', 'endLearningRate', 'gain', 'gamma'],
      ...[
        'initialLearningRate',
        'mMul',
        'margin',
        'maskValue',
        'mean',
        'minDelta',
        'minval',
        'muonA',
        'muonB',
        'muonC',
      ],
      ...[
        'offset',
        'power',
        'value',
        'activations.negativeSlope',
        'activations.threshold',
        'BatchNormalization.momentum',
      ],
      ...['BinaryIoU.threshold', 'Rescaling.scale', 'threshold.defaultValue'],
    ],
  },
  { why: 'a function', values: ['a function'], options: ['forward'] },
  { why: 'a function, and null for none', values: ['null', 'a function'], options: ['backward'] },
  { why: 'a shape or what gives it', values: ['null', '[]', 'a function'], options: ['outputShape'] },
  { why: 'checked with useEma only', values: ['-1', '0', '1.5'], options: ['emaMomentum'] },
  {
    why: 'any finite number, and null for none',
    values: ['null', '-1', '0', '1.5'],
    options: ['baseline', 'initialValueThreshold', 'rmsRate', 'warmupTarget', 'activations.maxValue'],
  },
  { why: 'any finite number, or what gives it', values: ['-1', '0', '1.5', 'a function'], options: ['learningRate'] },
  {
    why: 'a number that is not negative',
    values: ['0', '1.5'],
    options: [
      ...[
        'delta',
        'epsilon',
        'epsilon1',
        'epsilon2',
        'initialAccumulatorValue',
        'l1',
        'l1RegularizationStrength',
        'l2',
      ],
      ...['l2RegularizationStrength', 'l2ShrinkageRegularizationStrength', 'maxValue', 'maxval', 'minLr', 'minValue'],
      ...['negativeSlope', 'stddev', 'threshold', 'warmupSteps', 'AdamW.weightDecay', 'OrthogonalRegularizer.factor'],
    ],
  },
  {
    why: 'a number that is not negative, and null for none',
    values: ['null', '0', '1.5'],
    options: ['adamWeightDecay', 'weightDecay', 'ReLU.maxValue'],
  },
  {
    why: 'a number above 0, or above a limit below 1.5',
    values: ['1.5'],
    options: [
      ...['clipThreshold', 'decaySteps', 'firstDecaySteps', 'scale', 'tMul', 'celu.alpha', 'FBetaScore.beta'],
      ...['losses.epsilon', 'Tweedie.power'],
    ],
  },
  {
    why: 'a number above 0, and null for none',
    values: ['null', '1.5'],
    options: ['clipnorm', 'clipvalue', 'globalClipnorm', 'lossScaleFactor'],
  },
  { why: 'a number of at most 0', values: ['-1', '0'], options: ['learningRatePower'] },
  {
    why: 'a fraction, or a factor below 1',
    values: ['0'],
    options: [
      ...['adamBeta1', 'adamBeta2', 'beta1', 'beta2', 'factor', 'labelSmoothing', 'momentum', 'precision', 'rate'],
      ...['recall', 'rho', 'sensitivity', 'specificity', 'BinaryAccuracy.threshold', 'GaussianNoise.stddev'],
    ],
  },
  { why: 'Keras wants it above 0', values: [], options: ['Lion.beta1', 'Discretization.epsilon'] },
  {
    why: 'a count, of which there may be none',
    values: ['0'],
    options: [
      ...['cooldown', 'embeddingsFreq', 'histogramFreq', 'nsSteps', 'numRegressors', 'patience', 'profileBatch'],
      ...['startFromEpoch'],
    ],
  },
  { why: 'an index, and null for none', values: ['null', '0'], options: ['classId', 'seed'] },
  { why: 'one probability or many; null for 0.5', values: ['null', '0'], options: ['thresholds'] },
  {
    why: 'a class, even one that is never met, and null for none',
    values: ['null', '-1', '0'],
    options: ['ignoreClass'],
  },
  { why: 'an axis', values: ['-1', '0'], options: ['axes', 'axis'] },
  { why: 'an axis, and null for all', values: ['null', '-1', '0'], options: ['activations.axis'] },
  { why: 'an axis', values: ['-1', '0'], options: ['glu.axis', 'sparsemax.axis'] },
  {
    why: 'an axis, a list of some, and null',
    values: ['null', '-1', '0', '[]'],
    options: [
      'Dice.axis',
      'Tversky.axis',
      'constraints.axis',
      'Normalization.axis',
      'inputAxes',
      'outputAxes',
      'sharedAxes',
    ],
  },
  { why: 'a group for each channel', values: ['-1'], options: ['groups'] },
  {
    why: 'a flag',
    values: ['true'],
    options: [
      ...['amsgrad', 'append', 'applyClassBalancing', 'approximate', 'center', 'centered', 'cycle', 'deleteCheckpoint'],
      ...['excludeEmbeddings', 'fromLogits', 'fromSortedIds', 'full', 'invert', 'maskZero', 'multiLabel', 'nesterov'],
      ...['normalize', 'raiseError', 'relativeStep', 'removeDiagonal', 'restoreBestWeights', 'saveBestOnly'],
      ...[
        'saveWeightsOnly',
        'sparseYPred',
        'sparseYTrue',
        'staircase',
        'swapOnEpoch',
        'synchronized',
        'trainable',
        'useBias',
        'useEma',
      ],
      ...['warn', 'writeGraph', 'writeStepsPerSecond', 'layers.scale'],
    ],
  },
  { why: 'a flag, also as a number', values: ['true', '0'], options: ['verbose'] },
  { why: 'a name', values: ["'nonsense'"], options: ['backupDir', 'filename', 'logDir', 'monitor'] },
  { why: 'a name; null for that of the class', values: ['null', "'nonsense'"], options: ['name'] },
  {
    why: 'None is the default in Keras, or switches it off',
    values: ['null'],
    options: [
      ...['activation', 'activityRegularizer', 'alphaConstraint', 'alphaInitializer', 'alphaRegularizer', 'average'],
      ...['batchSize', 'betaConstraint', 'betaInitializer', 'betaRegularizer', 'biasConstraint', 'biasInitializer'],
      ...[
        'biasRegularizer',
        'classAggregation',
        'dataFormat',
        'dtype',
        'emaOverwriteFrequency',
        'embeddingsConstraint',
      ],
      ...[
        'embeddingsInitializer',
        'embeddingsMetadata',
        'embeddingsRegularizer',
        'gammaConstraint',
        'gammaInitializer',
      ],
      ...[
        'gammaRegularizer',
        'gradientAccumulationSteps',
        'kernelConstraint',
        'kernelInitializer',
        'kernelRegularizer',
      ],
      ...['labelWeights', 'loraAlpha', 'loraRank', 'movingMeanInitializer', 'movingVarianceInitializer', 'numLabels'],
      ...['quantizationConfig', 'reduction', 'renormClipping', 'stream', 'topK', 'weights', 'AUC.thresholds'],
      ...['ConfusionMatrix.normalize', 'F1Score.threshold', 'FBetaScore.threshold'],
    ],
  },
  { why: 'a hook', values: ['a function'], options: ['schedule'] },
  {
    why: 'a hook, and null for none',
    values: ['null', 'a function'],
    options: [
      ...['onAbort', 'onEpochBegin', 'onEpochEnd', 'onPredictBatchBegin', 'onPredictBatchEnd', 'onPredictBegin'],
      ...['onPredictEnd', 'onTestBatchBegin', 'onTestBatchEnd', 'onTestBegin', 'onTestEnd', 'onTrainBatchBegin'],
      ...['onTrainBatchEnd', 'onTrainBegin', 'onTrainEnd'],
    ],
  },
  { why: 'the shape of one number', values: ['[]'], options: ['shape', 'targetShape'] },
  { why: 'the shape of one number, and null for that of the input', values: ['null', '[]'], options: ['noiseShape'] },
  { why: 'data, in which NaN stands', values: ['[NaN]'], options: ['Normalization.mean', 'Normalization.variance'] },
  { why: 'patterns of names', values: ['null', '[]', "['a']"], options: ['excludeLayers'] },
  { why: 'ignored with a warning, as in Keras', values: Object.keys(WRONG), options: ['decay'] },
];
