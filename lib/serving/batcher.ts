import { checkFunction, checkInteger, checkNumber, checkOptions } from '../check';
import { GemsbokError, invalidArgument, invalidUse } from '../errors';
import { getThreads } from '../info';
import type { ModelData } from '../models';
import { BaseModel } from '../models/base_model';
import { type BatchPredictor, type Piece, rowsOf } from '../models/run/batch_predictor';
import { breathe } from '../models/run/jobs';
import { checkSignal, onAbort } from '../signals';
import type { Tensor } from '../tensor';
import { traced } from '../tracing';
import { cancelWhenAllSettled, Generation, type Leaving, Request } from './request';
import { RequestQueue } from './request_queue';

export interface BatcherOptions {
  /** Rows of a batch: requests with more are cut. Default: 64 */
  readonly maxBatchSize?: number | undefined;
  /** Milliseconds that a request waits, while others are computed, for more to join it. Default: 2 */
  readonly maxDelay?: number | undefined;
  /** Requests that wait; those beyond are refused. Default: 1024 */
  readonly maxQueue?: number | undefined;
  /** Told of each batch that has been computed. Default: none */
  readonly onBatch?: ((batch: BatchInfo) => void) | undefined;
}

/** A batch that was computed. */
export interface BatchInfo {
  /** The rows of a batch. */
  readonly rows: number;
  /** The requests that it answers. */
  readonly requests: number;
}

export interface BatcherPredictOptions {
  /** Its reason rejects the request, which leaves the queue. Default: none */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now; a request that is not computed by then is rejected with `ERR_DEADLINE`. Default: none */
  readonly deadline?: number | undefined;
}

/** Counts since the beginning. */
export interface BatcherStats {
  /** Calls of `predict`. */
  readonly requests: number;
  /** Native calls. */
  readonly batches: number;
  /** The rows of all of them. */
  readonly rows: number;
  /** Requests that wait for a batch. */
  readonly queued: number;
  /** Requests that were given no outputs, whatever the reason. */
  readonly rejected: number;
}

/** The longest delay of a timer of Node, in milliseconds. */
const MOST_DELAY = 2 ** 31 - 1;

/**
 * Joins what many callers ask of a model in one native call each, so that a server computes as fast as it would with
 * one large batch. No request waits for others: it goes at once where nothing is computed, and those that come meanwhile
 * go together. A batch of less than some 200 microseconds is computed on this thread, as another takes as long to wake up.
 *
 * Shapes: as for `predict` of the model; a sample by itself is a batch of one. The outputs are those of `predict`, and
 * do not depend on whom a request is joined with, but for the last bits after Dense kernels of more than 131,072 numbers. Defaults: `maxBatchSize` 64, `maxDelay` 2 ms, `maxQueue` 1024.
 * Errors, by which requests are rejected, each by itself: `ERR_OVERLOADED` at once where `maxQueue` requests wait,
 * `ERR_DEADLINE`, the reason of `signal`, `ERR_CLOSED` after `drain`, and those of the model's `predict`.
 *
 * @example
 * ```ts
 * const batcher = new Batcher(model, { maxBatchSize: 32 });
 * const rows = Array.from({ length: 50 }, (_, i) => [i, 1, 2, 3, 4, 5]);
 * const outputs = await Promise.all(rows.map((row) => batcher.predict(row)));
 * outputs[0].shape; // [1, 3]
 * batcher.stats().batches; // 2
 * await batcher.drain();
 * ```
 */
export class Batcher<P> {
  readonly #maxBatchSize: number;
  readonly #maxDelay: number;
  readonly #maxQueue: number;
  readonly #onBatch: (batch: BatchInfo) => void;
  readonly #generations = new Set<Generation<P>>();
  readonly #counts = { requests: 0, batches: 0, rows: 0, rejected: 0 };
  readonly #queue = new RequestQueue<Request<P>>();
  #current: Generation<P>;
  #rowsWaiting = 0;
  #running = 0;
  #isScheduled = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #full: GemsbokError | undefined;

  constructor(model: BaseModel<P>, options: BatcherOptions = {}) {
    checkOptions(options, ['maxBatchSize', 'maxDelay', 'maxQueue', 'onBatch'], 'Batcher');
    this.#maxBatchSize = checkInteger(options.maxBatchSize ?? 64, 'maxBatchSize', { min: 1, max: 2 ** 24 });
    this.#maxDelay = checkNumber(options.maxDelay ?? 2, 'maxDelay', { min: 0, max: MOST_DELAY });
    this.#maxQueue = checkInteger(options.maxQueue ?? 1024, 'maxQueue', { min: 1 });
    this.#onBatch = checkFunction(options.onBatch ?? (() => {}), 'onBatch');
    this.#current = this.#generationOf(model);
  }

  /** The outputs for a sample, or for a batch of samples; several inputs as a list or by their names. */
  predict(x: ModelData, options: BatcherPredictOptions = {}): Promise<P> {
    return this.#counted(() => {
      checkOptions(options, ['signal', 'deadline'], 'predict');
      const { deadline } = options;
      if (deadline !== undefined) checkNumber(deadline, 'deadline', { min: 0, max: MOST_DELAY });
      const signal = checkSignal(options.signal);
      return this.#enter(x, signal && ((act) => onAbort(signal, () => act(signal.reason))), deadline);
    });
  }

  /**
   * As `predict`, for a caller that tells in another way when it leaves.
   *
   * @internal
   */
  answer(x: ModelData, leaving: Leaving, deadline: number): Promise<P> {
    return this.#counted(() => this.#enter(x, leaving, deadline));
  }

  /**
   * Counts a request that is refused before it is read. Errors: `ERR_OVERLOADED`.
   *
   * @internal
   */
  checkRoom(): void {
    if (this.#queue.size < this.#maxQueue) return;
    this.#counts.requests++;
    this.#counts.rejected++;
    // One for all: to make it takes longer than all else, and refusing must cost less than computing.
    this.#full ??= this.#overloaded();
    throw this.#full;
  }

  /** @internal */
  get predictor(): BatchPredictor {
    return this.#current.predictor;
  }

  /** What was done since the beginning, and what waits. */
  stats(): BatcherStats {
    return { ...this.#counts, queued: this.#queue.size };
  }

  /** Computes one row and a full batch of zeros, so that the first request finds all memory in place. */
  async warmUp(): Promise<void> {
    const { predictor } = this.#current;
    if (predictor.inputs === null) {
      throw invalidUse('Expected a model that is built to warm up. Begin it with an Input, or call `build`.');
    }
    for (const rows of [1, this.#maxBatchSize]) {
      await predictor.start([{ samples: predictor.zeros(rows), from: 0, to: rows }], null).job?.promise;
    }
  }

  /**
   * Puts another model in the place of this one. Requests that were made before end on the old one, and the promise is
   * fulfilled when they have. Errors: `ERR_INVALID_ARG`, `ERR_CLOSED`.
   */
  async swap(model: BaseModel<P>): Promise<void> {
    this.#checkOpen();
    const next = this.#generationOf(model);
    const old = this.#current;
    this.#current = next;
    await old.ended();
    this.#generations.delete(old);
  }

  /** Accepts nothing more, and waits until all requests have ended. */
  async drain(): Promise<void> {
    this.#isClosed = true;
    for (const generation of this.#generations) await generation.ended();
  }

  /** As {@link drain}: `await using batcher = new Batcher(model)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  #generationOf(model: BaseModel<P>): Generation<P> {
    if (!(model instanceof BaseModel)) throw invalidArgument('model', 'a Sequential or a Model', model);
    const generation = new Generation<P>(model.batchPredictor, (outputs) => model.predicted(outputs));
    this.#generations.add(generation);
    return generation;
  }

  #checkOpen(): void {
    if (this.#isClosed)
      throw new GemsbokError('ERR_CLOSED', 'Expected an open batcher, received one that was drained. Make a new one.');
  }

  async #counted(enter: () => Promise<P>): Promise<P> {
    this.#counts.requests++;
    try {
      return await enter();
    } catch (error) {
      this.#counts.rejected++;
      throw error;
    }
  }

  #enter(x: ModelData, leaving: Leaving | undefined, deadline: number | undefined): Promise<P> {
    this.#checkOpen();
    if (this.#queue.size >= this.#maxQueue) throw this.#overloaded();
    const request = new Request(this.#current, this.#current.predictor.ownSamples(x));
    if (request.rows === 0) {
      request.deliver(request.generation.predictor.room(0), 0);
      return request.promise;
    }
    this.#queue.add(request);
    this.#rowsWaiting += request.rows;
    request.whenSettled(() => this.#leaveQueue(request));
    request.endBy(leaving, deadline);
    this.#schedule();
    return request.promise;
  }

  #overloaded(): GemsbokError {
    const fix = 'Send fewer at once, or give it a larger `maxQueue`.';
    return new GemsbokError('ERR_OVERLOADED', `Expected at most ${this.#maxQueue} requests that wait. ${fix}`);
  }

  #leaveQueue(request: Request<P>): void {
    if (this.#queue.delete(request)) this.#rowsWaiting -= request.rows - request.begun;
  }

  /** After what the loop has at hand in this turn, so that all of it goes together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = performance.now();
    let first = this.#queue.first;
    for (; first !== null && this.#mayStart(first, now); first = this.#queue.first) {
      if (first.isLateAt(now)) first.expire();
      else void this.#run(this.#take(first, now));
    }
    if (first === null || this.#running >= getThreads()) return;
    this.#timer = setTimeout(() => this.#send(), Math.max(0, first.accepted + this.#maxDelay - now));
  }

  /** While others are computed, a batch runs at the same time once it is full or has waited. */
  #mayStart({ accepted }: Request<P>, now: number): boolean {
    if (this.#running === 0) return true;
    if (this.#running >= getThreads()) return false;
    return this.#rowsWaiting >= this.#maxBatchSize || now - accepted >= this.#maxDelay;
  }

  /** The next batch, which begins with this request. */
  #take(first: Request<P>, now: number): PieceOf<P>[] {
    if (first.rows > this.#maxBatchSize) return [this.#cut(first)];
    const batch: PieceOf<P>[] = [];
    let rows = 0;
    for (let request: Request<P> | null = first; request !== null; request = this.#queue.first) {
      if (rows + request.rows > this.#maxBatchSize || request.generation !== first.generation) break;
      if (request.isLateAt(now)) {
        request.expire();
        continue;
      }
      rows += request.rows;
      batch.push(this.#piece(request, request.rows));
      this.#queue.delete(request);
    }
    return batch;
  }

  /** The next rows of a request with too many; with those that are left it goes to the end of the queue. */
  #cut(request: Request<P>): PieceOf<P> {
    request.version ??= request.generation.predictor.pin();
    this.#queue.delete(request);
    const piece = this.#piece(request, Math.min(this.#maxBatchSize, request.rows - request.begun));
    if (request.begun < request.rows) this.#queue.add(request);
    return piece;
  }

  #piece(request: Request<P>, rows: number): PieceOf<P> {
    const from = request.begun;
    request.begun += rows;
    this.#rowsWaiting -= rows;
    return { request, samples: request.samples, from, to: request.begun };
  }

  async #run(batch: readonly PieceOf<P>[]): Promise<void> {
    this.#running++;
    try {
      await this.#compute(batch);
    } catch (error) {
      await this.#oneByOne(batch, error);
    } finally {
      // What was computed here and now leaves time to the others of this thread.
      await breathe();
      this.#running--;
      this.#send();
    }
  }

  async #compute(batch: readonly PieceOf<P>[]): Promise<void> {
    const rows = batch.reduce((sum, { from, to }) => sum + to - from, 0);
    const outputs = await traced('batch', { rows, requests: batch.length }, () => this.#outputsOf(batch));
    if (outputs === null) return;
    this.#counts.batches++;
    this.#counts.rows += rows;
    // What it throws is not handled here.
    queueMicrotask(() => this.#onBatch({ rows, requests: batch.length }));
    let at = 0;
    for (const { request, from, to } of batch) {
      request.deliver(batch.length === 1 ? outputs : rowsOf(outputs, at, at + to - from), from);
      at += to - from;
    }
  }

  /** null where no request waits for them any more. */
  async #outputsOf(batch: readonly PieceOf<P>[]): Promise<readonly Tensor<Float32Array>[] | null> {
    const requests = batch.map(({ request }) => request);
    const [{ version, generation }] = requests as [Request<P>];
    const { job, outputs } = generation.predictor.start(batch, version);
    if (job === null) return outputs;
    cancelWhenAllSettled(requests, job);
    const { cancelled } = await job.promise;
    return cancelled ? null : outputs;
  }

  /**
   * An error that the numbers of a request cause, such as an index that an Embedding does not have, does not concern
   * the others.
   */
  async #oneByOne(batch: readonly PieceOf<P>[], error: unknown): Promise<void> {
    if (batch.length === 1) {
      batch[0]?.request.fail(error);
      return;
    }
    for (const piece of batch) {
      if (!piece.request.isSettled) await this.#compute([piece]).catch((own) => piece.request.fail(own));
    }
  }
}

interface PieceOf<P> extends Piece {
  readonly request: Request<P>;
}
