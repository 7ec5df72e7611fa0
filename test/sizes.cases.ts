import {
  Activation,
  AUC,
  CategoryEncoding,
  ConfusionMatrix,
  Dense,
  dataset,
  Embedding,
  Flatten,
  GlorotUniform,
  Input,
  IoU,
  initializers,
  jsonText,
  type Layer,
  losses,
  MeanIoU,
  npyBytes,
  OneHotIoU,
  OneHotMeanIoU,
  Orthogonal,
  Permute,
  PReLU,
  PrecisionAtRecall,
  RecallAtPrecision,
  RepeatVector,
  Rescaling,
  Reshape,
  SensitivityAtSpecificity,
  Sequential,
  SpecificityAtSensitivity,
  Tensor,
  tensor,
  toCategorical,
  Zeros,
} from 'gemsbok';
import { wrong } from './helpers/misuse';

/** Built, compiled and used for four samples. */
async function used(shape: readonly number[], ...layers: readonly Layer[]): Promise<unknown> {
  const model = new Sequential([new Input({ shape }), ...layers]);
  model.compile({ loss: 'mse' });
  return model.predict({ data: new Float32Array(4 * shape.reduce((a, b) => a * b, 1)), shape: [4, ...shape] });
}

/** Used for no sample, as none of that size can be made. */
async function empty(shape: readonly number[], layer: Layer): Promise<unknown> {
  return new Sequential([new Input({ shape }), layer]).predict({ data: new Float32Array(0), shape: [0, ...shape] });
}

/** A tensor whose numbers went to another thread after it was made. */
function transferred(shape: readonly number[]): Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const made = new Tensor(data, shape);
  structuredClone(data, { transfer: [data.buffer] });
  return made;
}

const HUGE = 2 ** 44;
const ORDER = Array.from({ length: 11 }, (_, i) => 11 - i);
const AXES = Array<number>(5000).fill(1);
const ring: Record<string, unknown> = {};
ring.ring = ring;
let deep: unknown = 0;
for (let i = 0; i < 100_000; i++) deep = [deep];

const memory = 'ERR_OUT_OF_MEMORY';
const unsupported = 'ERR_UNSUPPORTED';
const range = 'ERR_OUT_OF_RANGE';
const invalid = 'ERR_INVALID_ARG';

/** What no machine can do, or nobody means: it is refused before anything is made. */
export const LIMITS: readonly (readonly [what: string, call: () => unknown, code: string])[] = [
  ['a Dense of 1e9 units', () => used([1], new Dense({ units: 1e9 })), memory],
  ['a Dense of 2^44 units', () => used([1], new Dense({ units: HUGE })), memory],
  ['a Dense of 2^53 - 1 units', () => used([1], new Dense({ units: Number.MAX_SAFE_INTEGER })), memory],
  ['a Dense after a huge one', () => used([1], new Dense({ units: 1e5 }), new Dense({ units: 1e5 })), memory],
  ['an input of 1e9', () => new Sequential([new Input({ shape: [1e9] }), new Dense({ units: 1 })]), memory],
  ['a table of 1e9 rows', () => used([1], new Embedding({ inputDim: 1e9, outputDim: 4 })), memory],
  ['a table of 2^44 columns', () => used([1], new Embedding({ inputDim: 2, outputDim: HUGE })), memory],
  ['2^44 copies', () => used([1], new RepeatVector({ n: HUGE })), memory],
  ['2^32 copies', () => used([1], new RepeatVector({ n: 2 ** 32 })), memory],
  ['2^44 categories', () => used([1], new CategoryEncoding({ numTokens: HUGE })), memory],
  ['2^32 categories', () => used([1], new CategoryEncoding({ numTokens: 2 ** 32, outputMode: 'one_hot' })), memory],
  ['two axes of 2^40', () => empty([2 ** 40, 2 ** 40], new Permute({ dims: [2, 1] })), memory],
  ['an axis of 2^40', () => empty([2 ** 40], new Permute({ dims: [1] })), memory],
  ['two axes of 2^33', () => empty([2 ** 33, 2 ** 33], new Activation({ activation: 'relu' })), memory],
  ['2^50 numbers in one axis', () => empty([2 ** 40, 2 ** 10], new Flatten()), memory],
  ['a sample of 2^31 + 1 numbers', () => empty([2 ** 31 + 1], new Rescaling({ scale: 2 })), memory],
  ['slopes of a huge input', () => new Sequential([new Input({ shape: [1e5, 1e5] }), new PReLU()]), memory],
  ['a class of 2^44', () => toCategorical([0, HUGE]), memory],
  ['2^44 classes', () => toCategorical([0], HUGE), memory],
  ['a label of 2^44', () => new ConfusionMatrix({ numClasses: HUGE }), range],
  ['AUC', () => new AUC({ numThresholds: HUGE }), range],
  ['AUC, 1e8', () => new AUC({ numThresholds: 1e8 }), range],
  ['PrecisionAtRecall', () => new PrecisionAtRecall({ recall: 0.5, numThresholds: HUGE }), range],
  ['RecallAtPrecision', () => new RecallAtPrecision({ precision: 0.5, numThresholds: HUGE }), range],
  ['SensitivityAtSpecificity', () => new SensitivityAtSpecificity({ specificity: 0.5, numThresholds: HUGE }), range],
  ['SpecificityAtSensitivity', () => new SpecificityAtSensitivity({ sensitivity: 0.5, numThresholds: HUGE }), range],
  ['MeanIoU', () => new MeanIoU({ numClasses: HUGE }), range],
  ['MeanIoU, 1e5', () => new MeanIoU({ numClasses: 1e5 }), range],
  ['IoU', () => new IoU({ numClasses: HUGE, targetClassIds: [0] }), range],
  ['OneHotIoU', () => new OneHotIoU({ numClasses: HUGE, targetClassIds: [0] }), range],
  ['OneHotMeanIoU', () => new OneHotMeanIoU({ numClasses: HUGE }), range],
  ['2^44 zeros', () => new Zeros().initialize([HUGE]), memory],
  ['a shape whose size overflows', () => new Zeros().initialize([2 ** 30, 2 ** 30, 2 ** 30]), memory],
  ['1e10 random numbers', () => new GlorotUniform().initialize([1e5, 1e5]), memory],
  ['an orthogonal matrix of 1e10', () => new Orthogonal().initialize([1e5, 1e5]), memory],
  ['an identity of 1e12', () => new initializers.Identity().initialize([1e6, 1e6]), memory],
  ['5,000 axes', () => new Tensor(new Float32Array(1), AXES).toArray(), unsupported],
  ['5,000 axes of `tensor`', () => tensor([1], { shape: AXES }), unsupported],
  ['5,000 axes of an initializer', () => new Zeros().initialize(AXES), unsupported],
  [
    '5,000 axes of a target',
    () => losses.meanSquaredError({ data: new Float32Array(1), shape: AXES }, [1]),
    unsupported,
  ],
  ['5,000 axes of an input', () => new Input({ shape: AXES }), unsupported],
  ['5,000 axes of a Reshape', () => used([1], new Reshape({ targetShape: AXES })), unsupported],
  ['arrays 100,000 deep', () => tensor(wrong(deep)), invalid],
  ['empty arrays without end', () => new Tensor(new Float32Array(0), [2 ** 40, 0]).toArray(), memory],
  ['empty arrays of empty arrays', () => new Tensor(new Float32Array(0), [2 ** 20, 2 ** 20, 0]).toArray(), memory],
  ['a transferred tensor as arrays', () => transferred([2, 2]).toArray(), invalid],
  ['a transferred vector as an array', () => transferred([2]).toArray(), invalid],
  ['a transferred scalar as an array', () => transferred([]).toArray(), invalid],
  ['the item of a transferred tensor', () => transferred([1]).item(), invalid],
  ['the bytes of a transferred tensor', () => npyBytes(transferred([2])), invalid],
  ['JSON of undefined', () => jsonText(undefined), invalid],
  ['JSON of a function', () => jsonText(() => 1), invalid],
  ['JSON of a symbol', () => jsonText(Symbol('a')), invalid],
  ['JSON of a BigInt', () => jsonText({ a: 1n }), invalid],
  ['JSON of a ring', () => jsonText(ring), unsupported],
  ['JSON 100,000 deep', () => jsonText(deep), unsupported],
];

/** What sounds like much, and is asked of nobody: these end at once. */
export const HARMLESS: readonly (readonly [what: string, call: () => unknown])[] = [
  ['a huge batch', () => fitted({ batchSize: Number.MAX_SAFE_INTEGER })],
  ['huge steps', () => fitted({ stepsPerEpoch: Number.MAX_SAFE_INTEGER })],
  [
    'the last of many epochs',
    () => fitted({ epochs: Number.MAX_SAFE_INTEGER, initialEpoch: Number.MAX_SAFE_INTEGER - 2 }),
  ],
  ['a huge buffer of a shuffle', () => counted(rows().shuffle({ bufferSize: Number.MAX_SAFE_INTEGER }))],
  ['a huge batch of a stream', () => counted(rows().batch(Number.MAX_SAFE_INTEGER))],
  ['a huge prefetch', () => counted(rows().prefetch(Number.MAX_SAFE_INTEGER))],
  ['a huge take', () => counted(rows().take(Number.MAX_SAFE_INTEGER))],
  ['an order of more than nine axes', () => used(Array(11).fill(1), new Permute({ dims: ORDER }))],
  ['all thresholds', () => new AUC({ numThresholds: 2 ** 17 }).result()],
  ['a point among all thresholds', () => new PrecisionAtRecall({ recall: 0.5, numThresholds: 2 ** 17 }).result()],
];

function fitted(options: object): Promise<unknown> {
  const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 1 })]);
  model.compile({ loss: 'mse' });
  return model.fit(
    [
      [1, 2],
      [3, 4],
    ],
    [1, 2],
    { verbose: 0, ...options },
  );
}

function rows() {
  return dataset(async function* () {
    for (let i = 0; i < 3; i++) yield { x: [i], y: i };
  });
}

async function counted(source: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of source) count++;
  return count;
}
