/** Lines of a program with what stands before each of them; nothing is wrong with any. */
export const BEFORE = [
  "import * as g from 'gemsbok';",
  'declare const model: g.Sequential;',
  'declare const text: string;',
  'class Own extends g.MeanSquaredError {}',
];

export const RIGHT = [
  "model.compile({ loss: 'mse', optimizer: 'adam', metrics: ['accuracy', 'acc', 'ce'] });",
  "model.compile({ loss: 'crossentropy', optimizer: 'AdamW', weightedMetrics: ['binaryAccuracy'] });",
  "model.compile({ loss: ['sparse_categorical_crossentropy', null], metrics: [['mae'], 'auc', null] });",
  "model.compile({ loss: { a: 'meanSquaredError', b: 'GaussianNLL' }, metrics: { a: 'MAE', b: ['mean'] } });",
  'model.compile({ loss: Own, optimizer: g.SGD, metrics: [g.AUC] });',
  "model.compile({ loss: new Own(), optimizer: new g.Lamb(), metrics: [new g.MeanIoU({ numClasses: 2 }), 'my>Rate'] });",
  "model.compile({ loss: 'my>Loss', optimizer: 'my>Optimizer' });",
  "model.compile({ loss: { class_name: 'Huber', config: { delta: 2 } } });",
  'model.compile({ loss: g.losses.get(text), optimizer: g.optimizers.get(text), metrics: [g.metrics.get(text)] });',
  'model.compile({ loss: text as g.losses.LossName, metrics: [text as g.metrics.MetricName] });',
  "new g.Dense({ units: 1, activation: 'leakyRelu', kernelInitializer: 'he_normal', biasConstraint: 'non_neg' });",
  "new g.Dense({ units: 1, activation: 'my>wave', kernelInitializer: 'my>Ramp', kernelRegularizer: 'my>Pull' });",
  'new g.Dense({ units: 1, activation: g.activations.get(text), kernelInitializer: g.initializers.get(text) });',
  "new g.Activation({ activation: 'hard_swish' });",
  "new g.Embedding({ inputDim: 2, outputDim: 2, embeddingsInitializer: 'uniform', embeddingsRegularizer: 'L1L2' });",
  "new g.CategoryEncoding({ numTokens: 3, outputMode: 'oneHot' });",
  "new g.Discretization({ numBins: 3, outputMode: 'int' });",
  "g.losses.get('a name that is known when the program runs');",
  "g.checkGradient('huber', [[1]], [[2]]);",
  'const lossOf = async (key: string) => (await model.fit([[1]], [[1]])).history[key]?.[0];',
  'const a: number = g.tensor(3).toArray();',
  'const b: number[] = g.tensor([1, 2]).toArray();',
  'const c: number[][] = g.tensor([[1, 2], [3, 4]]).toArray();',
  'const d: number[] = g.tensor(new Uint8Array(3)).toArray();',
  'const e: number[][][] = g.tensor(new Uint8Array(8), { shape: [2, 2, 2] }).toJSON();',
  'const f: number[][] = new g.GlorotUniform().initialize([2, 3]).toArray();',
  'const h: number[][] = new g.MeanSquaredError().gradient([[1]], [[2]]).toArray();',
  "const i: number[] = new g.Huber({ reduction: 'none' }).valueAndGradient([1], [2]).gradient.toArray();",
  'const j = async (): Promise<number[]> => (await g.datasets.mnist.loadData()).trainY.toArray();',
  'const k: g.NestedArray<number> = model.predictSync([[1]]).toArray();',
  'const l: g.Tensor = g.tensor([[1]]);',
  'const m = (data: g.TensorLike): g.NestedArray<number> => g.tensor(data).toArray();',
  "const monitored = new g.EarlyStopping({ monitor: 'val_of_my_own' });",
];

/** Each is refused. */
export const WRONG = [
  "model.compile({ loss: 'msee' });",
  "model.compile({ loss: ['mse', 'msee'] });",
  "model.compile({ loss: { a: 'msee' } });",
  "model.compile({ loss: 'mse', optimizer: 'adma' });",
  "model.compile({ loss: 'mse', metrics: ['accc'] });",
  "model.compile({ loss: 'mse', metrics: [['accc']] });",
  "model.compile({ loss: 'mse', metrics: { a: ['accc'] } });",
  "model.compile({ loss: 'mse', weightedMetrics: ['accc'] });",
  'model.compile({ loss: text });',
  "new g.Dense({ units: 1, activation: 'rellu' });",
  "new g.Dense({ units: 1, kernelInitializer: 'glorot_unifrm' });",
  "new g.Dense({ units: 1, kernelRegularizer: 'l3' });",
  "new g.Dense({ units: 1, kernelConstraint: 'maxnorm' });",
  "new g.Activation({ activation: 'rellu' });",
  "new g.PReLU({ alphaInitializer: 'zeroes' });",
  "new g.BatchNormalization({ betaInitializer: 'onez' });",
  "new g.Embedding({ inputDim: 2, outputDim: 2, embeddingsInitializer: 'unifrom' });",
  "new g.CategoryEncoding({ numTokens: 3, outputMode: 'int' });",
  "new g.Discretization({ numBins: 3, outputMode: 'onehot' });",
  "g.activations.gradient('rellu', [1], [1]);",
  "g.checkGradient('hubr', [[1]], [[2]]);",
  'const a: number[] = g.tensor([[1, 2]]).toArray();',
  'const b: number[][][] = g.tensor([1, 2], { shape: [1, 2] }).toArray();',
  'const c: number[][] = model.predictSync([[1]]).toArray();',
];

/** Where an editor completes names, and some that it offers. */
export const COMPLETED: readonly (readonly [program: string, names: readonly string[]])[] = [
  [
    "model.compile({ loss: '|' });",
    ['mse', 'MeanSquaredError', 'mean_squared_error', 'meanSquaredError', 'gaussian_nll'],
  ],
  ["model.compile({ optimizer: '|' });", ['adam', 'AdamW', 'RMSprop', 'rmsprop', 'schedule_free_adam_w']],
  ["model.compile({ metrics: ['|'] });", ['acc', 'auc', 'f1_score', 'r2Score', 'SparseCategoricalAccuracy']],
  ["new g.Dense({ units: 1, activation: '|' });", ['relu', 'leaky_relu', 'leakyRelu', 'hardSwish']],
  ["new g.Dense({ units: 1, kernelInitializer: '|' });", ['glorot_uniform', 'GlorotUniform', 'glorotUniform', 'zero']],
  ["new g.Dense({ units: 1, kernelRegularizer: '|' });", ['l1', 'l1l2', 'orthogonal_regularizer']],
  ["new g.Dense({ units: 1, kernelConstraint: '|' });", ['max_norm', 'MinMaxNorm', 'nonNeg']],
  ["g.losses.get('|');", ['mse', 'kl_divergence']],
  ["g.activations.get('|');", ['relu']],
];

/** How a program gives a name to a family. */
export const GIVEN = {
  losses: (name: string): string => `model.compile({ loss: '${name}' });`,
  metrics: (name: string): string => `model.compile({ metrics: ['${name}'] });`,
  optimizers: (name: string): string => `model.compile({ optimizer: '${name}' });`,
  initializers: (name: string): string => `new g.Dense({ units: 1, kernelInitializer: '${name}' });`,
  regularizers: (name: string): string => `new g.Dense({ units: 1, kernelRegularizer: '${name}' });`,
  constraints: (name: string): string => `new g.Dense({ units: 1, kernelConstraint: '${name}' });`,
  activations: (name: string): string => `new g.Dense({ units: 1, activation: '${name}' });`,
} as const;
