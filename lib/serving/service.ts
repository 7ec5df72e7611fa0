import { checkBoolean, checkInteger, checkNumber, checkOptions, elementAt } from '../check';
import { InWords, invalidArgument, listed, outOfRange, shapeMismatch } from '../errors';
import type { LoadModelOptions } from '../models';
import type { NamedShape } from '../models/run/batch_predictor';
import type { Inputs } from '../protocols/tensorflow_request';
import { type ShapedArray, sizeOf, type Tensor } from '../tensor';
import { type ModelSources, ModelStore, type ServedModel, type Signature } from './model_store';
import { Counter, Gauge, Histogram } from './prometheus';
import { Refusal } from './refusal';
import type { Leaving } from './request';

export interface HandlerOptions {
  /** Models by their names, or the paths of their files; `{ versions: { 1: ..., 2: ... } }` where there are several. */
  readonly models: ModelSources;
  /** Whether a file that changes is loaded again: whole, or not at all. Default: false */
  readonly watch?: boolean | undefined;
  /** The most rows of a batch, as of {@link Batcher}. Default: 64 */
  readonly maxBatchSize?: number | undefined;
  /** Milliseconds that a request may wait for others. Default: 2 */
  readonly maxDelay?: number | undefined;
  /** Requests that may wait; the next is refused. Default: 1024 */
  readonly maxQueue?: number | undefined;
  /** The bytes of a request's body. Default: 32 MB */
  readonly maxBodyBytes?: number | undefined;
  /** The rows of a request. Default: 65,536 */
  readonly maxRows?: number | undefined;
  /** Milliseconds until a request is computed. Default: 30,000 */
  readonly deadline?: number | undefined;
  /** Milliseconds until the whole body of a request has come, and until some more of an answer has been taken. Default: 30,000 */
  readonly bodyTimeout?: number | undefined;
  /** Classes of your own, as for `loadModel`. Default: those that are registered */
  readonly customObjects?: LoadModelOptions['customObjects'];
}

export const HANDLER_OPTIONS = [
  ...['models', 'watch', 'maxBatchSize', 'maxDelay', 'maxQueue', 'maxBodyBytes', 'maxRows', 'deadline', 'bodyTimeout'],
  'customObjects',
];

/** A number takes about as many in JSON. */
const JSON_BYTES = 16;
const FLOAT_BYTES = 4;
const MOST_MS = 2 ** 31 - 1;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** What is asked of a model, whatever the protocol. */
export interface Question {
  readonly inputs: Inputs;
  /** Whether the numbers go out as bytes. */
  readonly isBinary: boolean;
  readonly leaving: Leaving;
}

/** Models with their limits and their numbers. */
export class Service {
  readonly store: ModelStore;
  readonly maxBodyBytes: number;
  readonly bodyTimeout: number;
  readonly requests = new Counter('gemsbok_requests_total', 'Requests by model, protocol and status.');
  readonly seconds = new Histogram('gemsbok_request_duration_seconds', 'Time from a request to its answer.', SECONDS);
  readonly #loads = new Counter('gemsbok_model_loads_total', 'Loads of model files by their outcome.');
  readonly #batches = new Histogram('gemsbok_batch_rows', 'Rows of the native calls.', ROWS);
  readonly #maxRows: number;
  readonly #deadline: number;

  constructor(given: HandlerOptions) {
    const options = checkOptions(given, HANDLER_OPTIONS, 'handler') as unknown as HandlerOptions;
    const { models, customObjects, maxBatchSize, maxDelay, maxQueue } = options;
    this.maxBodyBytes = checkInteger(options.maxBodyBytes ?? 32e6, 'maxBodyBytes', { min: 1, max: 2 ** 31 - 1 });
    this.#maxRows = checkInteger(options.maxRows ?? 65_536, 'maxRows', { min: 1 });
    this.#deadline = checkNumber(options.deadline ?? 30_000, 'deadline', { min: 0, max: MOST_MS });
    this.bodyTimeout = checkNumber(options.bodyTimeout ?? 30_000, 'bodyTimeout', { min: 1, max: MOST_MS });
    this.store = new ModelStore({
      models,
      customObjects,
      watch: checkBoolean(options.watch ?? false, 'watch'),
      batcher: { maxBatchSize, maxDelay, maxQueue },
      onBatch: (served, rows) => this.#batches.observe(labelsOf(served), rows),
      onLoad: (served, isSound) => this.#loads.add({ ...labelsOf(served), outcome: isSound ? 'loaded' : 'failed' }),
    });
  }

  /** The outputs of a model, of which the signature tells the names. */
  async predict(served: ServedModel, { inputs, isBinary, leaving }: Question): Promise<readonly Tensor[]> {
    const { batcher, signature } = served;
    const arrays = inOrder(inputs, signature);
    const rows = checkRows(arrays, signature);
    if (rows > this.#maxRows) throw tooMany(outOfRange('inputs', `at most ${this.#maxRows} rows`, rows));
    const numbers = rows * signature.outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const most = Math.floor(this.maxBodyBytes / (isBinary ? FLOAT_BYTES : JSON_BYTES));
    if (numbers > most) throw tooMany(outOfRange('inputs', `rows with at most ${most} outputs`, numbers));
    const [only, ...others] = arrays;
    const x = only !== undefined && others.length === 0 ? only : arrays;
    const outputs = await batcher.answer(x, leaving, this.#deadline);
    return (Array.isArray(outputs) ? outputs : [outputs]) as readonly Tensor[];
  }

  /** All numbers in the text format of Prometheus. */
  metrics(): string {
    const { all } = this.store;
    const queue = new Gauge('gemsbok_queue_length', 'Requests that wait for a batch.', () =>
      all.map((served) => [labelsOf(served), served.queued] as const),
    );
    const ready = new Gauge('gemsbok_model_ready', 'Whether a version of a model serves.', () =>
      all.map((served) => [labelsOf(served), Number(served.isReady)] as const),
    );
    return [this.requests, this.seconds, this.#batches, this.#loads, queue, ready].map((one) => one.text()).join('');
  }
}

function labelsOf({ name, version }: ServedModel): { readonly model: string; readonly version: string } {
  return { model: name, version };
}

const tooMany = ({ code, message }: { readonly code: string; readonly message: string }) =>
  new Refusal(413, code, message);

/** What is given for each input of the model. */
function inOrder(inputs: Inputs, signature: Signature): readonly ShapedArray[] {
  const names = signature.inputs.map(({ name }) => name);
  if ('data' in inputs) {
    if (names.length === 1) return [inputs];
    throw invalidArgument('inputs', `an object with ${listed(names)}`, new InWords('numbers without names'));
  }
  const unknown = [...inputs.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalidArgument('inputs', `names among ${listed(names)}`, unknown);
  return names.map((name) => inputs.get(name) ?? missing(name));
}

function missing(name: string): never {
  throw invalidArgument(`inputs.${name}`, 'numbers', undefined);
}

/** Over HTTP the axis of the batch is always there; a last axis of one element may be missing. */
function checkRows(arrays: readonly ShapedArray[], { inputs }: Signature): number {
  for (const [i, { shape }] of arrays.entries()) {
    const input = elementAt(inputs, i);
    if (!isBatchOf(shape.length, input)) {
      throw shapeMismatch(input.name, `samples of shape [batch, ${input.shape.join(', ')}]`, shape);
    }
  }
  return arrays[0]?.shape[0] ?? 0;
}

function isBatchOf(axes: number, { shape }: NamedShape): boolean {
  return axes > shape.length || (shape.at(-1) === 1 && axes === shape.length);
}
