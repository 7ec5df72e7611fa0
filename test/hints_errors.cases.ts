import {
  Activation,
  Adam,
  Add,
  activations,
  Dense,
  Dropout,
  dataset,
  EarlyStopping,
  Embedding,
  Flatten,
  Input,
  L2,
  type Layer,
  losses,
  MeanSquaredError,
  Model,
  metrics,
  Normalization,
  optimizers,
  Permute,
  readCsv,
  Sequential,
} from 'gemsbok';
import { type Misuse, wrong } from './helpers/misuse';

const images = { data: new Uint8Array(3 * 16), shape: [3, 4, 4] };
const dense = (): Dense => new Dense({ units: 2 });
const trained = (
  layers: readonly Layer[],
  loss: 'mse' | 'sparse_categorical_crossentropy',
  x: unknown,
  y: unknown,
  options = {},
) => {
  const model = new Sequential(layers);
  model.compile({ loss });
  return model.fit(wrong(x), wrong(y), { verbose: 0, ...options });
};
const onRows = (x: unknown, y: unknown) => trained([new Input({ shape: [2] }), new Dense({ units: 1 })], 'mse', x, y);
const read = async (text: string, options = {}): Promise<void> => {
  for await (const _ of await readCsv(() => [text], options));
};
const [Class, NewDense, NewSequential] = [wrong(Dense), wrong(Dense), wrong(Sequential)];
const NewModel = wrong(Model);

const model = (): Sequential => new Sequential([new Input({ shape: [1] }), dense()]);
const compiled = (options: object): Sequential => {
  const one = model();
  one.compile(wrong(options));
  return one;
};
const fitted = (options: object): unknown =>
  trained([new Input({ shape: [1] }), dense()], 'mse', [[1]], [[1, 2]], options);
const OF_OPTIMIZER = /It belongs to the optimizer: compile\(\{ optimizer: new SGD\(\{ learningRate: \.\.\. \}\) \}\)\./;

/** What is written as elsewhere: the error says how it is written here. */
export const HINTS: readonly Misuse[] = (
  [
    ['units without a name', () => new NewDense(10), /received 10\. Arguments have names: \{ units: 10 \}\./],
    ['units and options', () => new NewDense(10, { activation: 'relu' }), /\{ units: 10 \}/],
    ['a rate without a name', () => new (wrong(Dropout))(0.5), /\{ rate: 0\.5 \}/],
    ['a shape without a name', () => new (wrong(Input))([2]), /\{ shape: \[\.\.\.\] \}/],
    ['an activation without a name', () => new (wrong(Activation))('relu'), /\{ activation: 'relu' \}/],
    ['a learning rate without a name', () => new (wrong(Adam))(0.01), /\{ learningRate: 0\.01 \}/],
    ['a penalty without a name', () => new (wrong(L2))(0.1), /\{ l2: 0\.1 \}/],
    [
      'a penalty that is a number',
      () => new Class({ units: 1, kernelRegularizer: 0.01 }),
      /`kernelRegularizer`, received 0\.01\. Write new L2\(\{ l2: 0\.01 \}\)\./,
    ],
    [
      'arrays for what a loss calls',
      () => new MeanSquaredError().call(wrong([1]), wrong([2])),
      /a Tensor for `yTrue`, received \[1\].*`compute` takes arrays/,
    ],
    ['a list, as it is', () => new Permute({ dims: [1, 1] }), /`dims`, received \[1, 1\]\./],
    ['a long list', () => new Permute({ dims: Array(9).fill(1) }), /`dims`, received an array of 9\./],
    [
      'words, which are no value',
      () => new Normalization({ mean: 0, variance: 1 }).adapt([[1]]),
      /`adapt`, received one that was given them\. Leave them out/,
    ],
    ['a model of nothing', () => new NewModel(), /`inputs`, received undefined\./],
    ['a monitor without a name', () => new (wrong(EarlyStopping))('val_loss'), /\{ monitor: 'val_loss' \}/],
    ['sizes without names', () => new (wrong(Embedding))(10, 2), /\{ inputDim: 10 \}/],
    ['layers one by one', () => new NewSequential(dense(), dense()), /new Sequential\(\[first, second, \.\.\.\]\)/],
    ['a layer alone', () => new NewSequential(dense()), /new Sequential\(\[first/],
    ['a list and a layer', () => new NewSequential([dense()], dense()), /new Sequential\(\[first/],
    ['inputs and outputs one by one', () => new NewModel(new Input({ shape: [2] }), dense()), /\{ inputs, outputs \}/],
    [
      'inputShape',
      () => new Class({ units: 1, inputShape: [2] }),
      /`inputShape`.*new Input\(\{ shape: \[\.\.\.\] \}\)/,
    ],
    ['input_dim', () => new Class({ units: 1, input_dim: 2 }), /`input_dim`.*new Input/],
    ['batchInputShape', () => new (wrong(Flatten))({ batchInputShape: [null, 2] }), /`batchInputShape`.*new Input/],
    ['mse_loss', () => losses.get('mse_loss'), /'mse_loss'\. Did you mean 'mse'\?/],
    ["PyTorch's MSELoss", () => losses.get('MSELoss'), /Did you mean 'mse'\?/],
    [
      "PyTorch's BCEWithLogitsLoss",
      () => losses.get('BCEWithLogitsLoss'),
      /BinaryCrossentropy\(\{ fromLogits: true \}\)/,
    ],
    ["PyTorch's cross_entropy", () => losses.get('cross_entropy'), /SparseCategoricalCrossentropy\(\{ fromLogits/],
    ["scikit-learn's log_loss", () => losses.get('log_loss'), /Did you mean 'binary_crossentropy'\?/],
    ['rmse as a loss', () => losses.get('rmse'), /'mse', with the metric 'root_mean_squared_error'/],
    ['f1', () => metrics.get('f1'), /Did you mean 'f1_score'\?/],
    ['logistic', () => activations.get('logistic'), /Did you mean 'sigmoid'\?/],
    ['identity', () => new Dense({ units: 1, activation: wrong('identity') }), /Did you mean 'linear'\?/],
    ["PyTorch's Hardswish", () => activations.get('Hardswish'), /Did you mean 'hard_silu'\?/],
    ['PReLU as a function', () => activations.get('PReLU'), /Did you mean the layer new PReLU\(\)\?/],
    ['leaky-relu', () => activations.get('leaky-relu'), /Did you mean 'leaky_relu'\?/],
    ['a learning rate in compile', () => compiled({ learningRate: 0.1 }), OF_OPTIMIZER],
    ['lr in compile', () => compiled({ lr: 0.1 }), OF_OPTIMIZER],
    ['learning_rate in fit', () => fitted({ learning_rate: 0.1 }), OF_OPTIMIZER],
    ['clipping in fit', () => fitted({ clipnorm: 1 }), /SGD\(\{ clipnorm: \.\.\. \}\)/],
    ['a loss in fit', () => fitted({ loss: 'mse' }), /`loss`.*It belongs to compile\./],
    ['epochs in compile', () => compiled({ epochs: 3 }), /`epochs`.*It belongs to fit\./],
    [
      'callbacks in trainOnBatch',
      () => compiled({ loss: 'mse' }).trainOnBatch([[1]], [1], wrong({ callbacks: [] })),
      /It belongs to fit/,
    ],
    ['batchsize in fit', () => fitted({ batchsize: 3 }), /Did you mean `batchSize`\?/],
    ['momentum', () => optimizers.get('momentum'), /new SGD\(\{ momentum: 0\.9 \}\)/],
    ['validation_split in fit', () => fitted({ validation_split: 0.2 }), /Did you mean `validationSplit`\?/],
    ['batch_size in fit', () => fitted({ batch_size: 2 }), /Did you mean `batchSize`\?/],
    ['validation_split in compile', () => compiled({ validation_split: 0.2 }), /It belongs to fit\./],
    ['letters that changed places', () => optimizers.get('adma'), /Did you mean 'adam'\?/],
    ['epochs as text', () => fitted({ epochs: '3' }), /`epochs`, received '3'\. Write it without quotes: 3\./],
    ['units as text', () => new Class({ units: '10' }), /Write it without quotes: 10\./],
    ['a penalty as text', () => new L2(wrong({ l2: '1e-3' })), /Write it without quotes: 0\.001\./],
    ['a shape that is a number', () => new (wrong(Input))({ shape: 2 }), /`shape`, received 2\. Write \[2\]\./],
    ['a class among layers', () => new NewSequential([Dense]), /Make one: new Dense\(\{ \.\.\. \}\)\./],
    ['a class among callbacks', () => fitted({ callbacks: [EarlyStopping] }), /Make one: new EarlyStopping\(/],
    ['a URL for a path', () => model().save('file://model.keras'), /`path`.*Leave out `file:\/\/`/],
    ['numbers and a shape', () => model().predict(wrong({ data: [1], shape: [1, 1] })), /Float32Array\.from\(data\)/],
    ['labels that are texts', () => onRows([[1, 2]], ['cat']), /`y\[0\]`, received 'cat'\. Give each class a number/],
    ['numbers that are texts', () => onRows([['1', '2']], [1]), /`x\[0\]\[0\]`, received '1'.*Number/],
    ['a cell that is missing', () => onRows([[null, 2]], [1]), /received null\. Fill in what is missing/],
    [
      'arguments by name',
      () => compiled({ loss: 'mse' }).fit(wrong({ x: [[1]], y: [1] })),
      /`x`, received 'x'\. Write x, y and the options one after/,
    ],
    [
      'options in place of targets',
      () => compiled({ loss: 'mse' }).fit([[1]], wrong({ epochs: 3 })),
      /'epochs'\. Write x, y and the opt/,
    ],
    [
      'no targets',
      () => compiled({ loss: 'mse' }).fit(wrong([[1]])),
      /targets for `y`, received undefined\. Pass them after x/,
    ],
    [
      'a data set without targets',
      () => compiled({ loss: 'mse' }).fit(dataset({ x: [[1]] })),
      /`y`, received null\. Put them into the d/,
    ],
    [
      'data not yet there',
      () => onRows(Promise.resolve([[1, 2]]), [1]),
      /`x`, received an i.*\. Put `await` before it/,
    ],
    ['targets not yet there', () => onRows([[1, 2]], Promise.resolve([1])), /`y`, .*\. Put `await` before it/],
    ['a model not yet there', () => new NewSequential([Promise.resolve(dense())]), /Put `await` before it/],
    [
      'samples by name',
      () => model().predict(wrong({ x: [[1]] })),
      /`x`, received 'x'\. Pass the samples themselves, without a name: \(x\)\./,
    ],
    ['a generator function as data', () => onRows(() => [], [1]), /`x`, .*A stream is passed as dataset\(source\)\./],
    [
      'a generator as data',
      () => onRows([[1, 2]][Symbol.iterator](), [1]),
      /A stream is passed as dataset\(source\)\./,
    ],
    ['two losses of one output', () => compiled({ loss: ['mse', 'mae'] }), /one loss, as the model has one output/],
    ['metrics as keys', () => compiled({ loss: 'mse', metrics: { acc: 1 } }), /in an array: \['accuracy'\]/],
    [
      'a layer as an output',
      () => new NewModel({ inputs: new Input({ shape: [1] }), outputs: dense() }),
      /its `output`/,
    ],
    ['the batch in a shape', () => new (wrong(Input))({ shape: [null, 2] }), /Leave out the size of the batch\./],
    ['balanced classes', () => fitted({ classWeight: 'balanced' }), /rows \/ \(classes × rows of the class\)/],
    ['samples and targets of a data set', () => wrong(dataset)([[1]], [1]), /one object: dataset\(\{ x, y \}\)\./],
    ['several layers at once', () => wrong(new Sequential()).add(dense(), dense()), /one layer.*of 2\. Add one after/],
    [
      'a list of layers added',
      () => new Sequential().add(wrong([dense()])),
      /one layer.*of 1\. Add one after the other/,
    ],
    ['rows that are objects', () => onRows([{ a: 1, b: 2 }], [1]), /`x\[0\]`, received an object\. List the values/],
  ] as const
).map(([what, call, message]) => ({ what, call, message, code: 'ERR_INVALID_ARG' }));

const unflattened = [new Input({ shape: [4, 4] }), new Dense({ units: 3, activation: 'softmax' })];

export const FUNCTION_HINTS: readonly Misuse[] = [
  {
    what: "JavaScript's tanh",
    call: () => new Class({ units: 1, activation: Math.tanh }),
    code: 'ERR_UNSUPPORTED',
    message: /the function tanh\. Write its name: 'tanh'\./,
  },
];

export const SHAPE_HINTS: readonly Misuse[] = [
  {
    what: 'images without Flatten, labels',
    call: () => trained(unflattened, 'sparse_categorical_crossentropy', images, [0, 1, 2]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /put a Flatten layer before the first Dense/,
  },
  {
    what: 'images without Flatten, numbers',
    call: () => trained([new Input({ shape: [4, 4] }), new Dense({ units: 1 })], 'mse', images, [0, 1, 2]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /put a Flatten layer before the first Dense/i,
  },
  {
    what: 'images for a model of flat ones',
    call: () => trained([new Input({ shape: [16] }), new Dense({ units: 1 })], 'mse', images, [0, 1, 2]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /Input\(\{ shape: \[4, 4\] \}\) and Flatten/,
  },
  {
    what: 'x and y exchanged',
    call: () =>
      onRows(
        [1, 2],
        [
          [1, 2],
          [3, 4],
        ],
      ),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`x`, received shape \[2\].* `y` has it: are x and y exchanged\?/,
  },
  {
    what: 'shapes that do not broadcast',
    call: () => new Add().apply([new Input({ shape: [2] }), new Input({ shape: [3] })]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`inputs`, received shape \[2\] and shape \[3\]\./,
  },
  {
    what: 'one input of a merge',
    call: () => new Add().apply([new Input({ shape: [2] })]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /two inputs .* `inputs`, received 1\./,
  },
  {
    what: 'no samples',
    call: () => onRows([], []),
    code: 'ERR_SHAPE_MISMATCH',
    message: /at least one sample for `x`, received shape \[0\]/,
  },
  {
    what: 'classes that begin with 1',
    call: () =>
      trained(
        [new Input({ shape: [1] }), new Dense({ units: 2 })],
        'sparse_categorical_crossentropy',
        [[1], [2]],
        [1, 2],
      ),
    code: 'ERR_OUT_OF_RANGE',
    message: /`y\[1\]`, received 2\. Classes are numbered from 0/,
  },
  {
    what: 'a cell that says NaN',
    call: () => read('a,b\n1,2\nNaN,3\n'),
    code: 'ERR_CORRUPT_FILE',
    message: /column `a`.*row 2.*received 'NaN', which counts as an empty cell\. Pass \{ missing: \{ 'a': 'skip' \} \}/,
  },
  {
    what: 'semicolons between cells',
    call: () => read('a;b\n1;2\n'),
    code: 'ERR_CORRUPT_FILE',
    message: /received '1;2'.*pass \{ delimiter: ";" \}/,
  },
  {
    what: 'decimal commas',
    call: () => read('a;b\n1,5;2\n', { delimiter: ';' }),
    code: 'ERR_CORRUPT_FILE',
    message: /received '1,5'\. Write digits alone: a point before decimals, nothing between thousands\.$/,
  },
  ...['1_000', '1 000', "1'000", '"1,000.5"', '"-1,000"'].map((cell) => ({
    what: `thousands that are parted: ${cell}`,
    call: () => read(`a,b\n1,${cell}\n`),
    code: 'ERR_CORRUPT_FILE',
    message: /column `b` in row 1 of .*Write digits alone/,
  })),
  ...Object.entries({ '0x10': 16, '0XfF': 255, '0b11': 3, '0o17': 15 }).map(([cell, value]) => ({
    what: `a number of another base: ${cell}`,
    call: () => read(`a,b\n1,${cell}\n`),
    code: 'ERR_CORRUPT_FILE',
    message: new RegExp(`column \`b\` in row 1 of .*received '${cell}'\\. Write it in base 10: ${value}\\.$`),
  })),
  {
    what: 'a text that begins as a number of another base',
    call: () => read('a,b\n1,0b12\n'),
    code: 'ERR_CORRUPT_FILE',
    message: /received '0b12'\. The file is damaged, or it is the wrong one\.$/,
  },
  {
    what: 'two columns of one name',
    call: () => read('a,a,b\n1,2,3\n'),
    code: 'ERR_INVALID_ARG',
    message: /the name of one column for `features`, received 'a'\. Several columns have it/,
  },
  {
    what: 'tabs between cells, and a target',
    call: () => read('a\tb\n1\t2\n', { target: 'b' }),
    code: 'ERR_INVALID_ARG',
    message: /`target`, received 'b'\. The first line has no ','.*\\t/,
  },
];
