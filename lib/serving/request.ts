import { elementAt } from '../check';
import { GemsbokError } from '../errors';
import { type BatchPredictor, type OwnSamples, roomLike } from '../models/run/batch_predictor';
import type { Job, NativeVersion } from '../native';
import type { Tensor } from '../tensor';
import { Queued } from './request_queue';

/** A model, and how many requests will end on it. */
export class Generation<P> {
  #live = 0;
  #waiting: (() => void)[] = [];

  constructor(
    readonly predictor: BatchPredictor,
    readonly predicted: (outputs: readonly Tensor<Float32Array>[]) => P,
  ) {}

  enter(): void {
    this.#live++;
  }

  leave(): void {
    this.#live--;
    if (this.#live > 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }

  get isIdle(): boolean {
    return this.#live === 0;
  }

  /** Until all its requests have ended. */
  async ended(): Promise<void> {
    if (!this.isIdle) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** Calls `act` with the reason when a caller waits no more; returns a function that undoes it. */
export type Leaving = (act: (reason: unknown) => void) => () => void;

/** What one call asked for, from when it is accepted until it is settled. */
export class Request<P> extends Queued {
  readonly promise: Promise<P>;
  readonly accepted = performance.now();
  /** Rows that went into a batch. */
  begun = 0;
  /** The version that all pieces of a divided request read: the weights of one step. */
  version: NativeVersion | null = null;
  #outputs: readonly Tensor<Float32Array>[] | null = null;
  #rowsLeft: number;
  #isSettled = false;
  #deadline: number | undefined;
  #resolve: (value: P) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  /** What is to be told once it is settled. */
  readonly #told: (() => void)[] = [];

  constructor(
    readonly generation: Generation<P>,
    readonly samples: OwnSamples,
  ) {
    super();
    this.#rowsLeft = samples.rows;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    generation.enter();
  }

  get rows(): number {
    return this.samples.rows;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  whenSettled(tell: () => void): void {
    this.#told.push(tell);
  }

  isLateAt(now: number): boolean {
    return this.#deadline !== undefined && now - this.accepted >= this.#deadline;
  }

  expire(): void {
    const fix = 'Give it a longer `deadline`, or send less at once.';
    this.fail(new GemsbokError('ERR_DEADLINE', `Expected the outputs within ${this.#deadline} ms. ${fix}`));
  }

  /** Rejects when the caller leaves, or the time is over. */
  endBy(leaving: Leaving | undefined, deadline: number | undefined): void {
    if (leaving !== undefined) this.whenSettled(leaving((reason) => this.fail(reason)));
    // Who has left already waits for nothing.
    if (deadline === undefined || this.#isSettled) return;
    this.#deadline = deadline;
    const timer = setTimeout(() => this.expire(), deadline);
    this.whenSettled(() => clearTimeout(timer));
  }

  /** Rows of its outputs, from row `from` on. */
  deliver(outputs: readonly Tensor<Float32Array>[], from: number): void {
    if (this.#isSettled) return;
    const rows = elementAt(elementAt(outputs, 0).shape, 0);
    if (rows < this.rows) {
      this.#outputs ??= roomLike(outputs, this.rows);
      for (const [o, { data }] of this.#outputs.entries())
        data.set(elementAt(outputs, o).data, from * (data.length / this.rows));
    } else {
      this.#outputs = outputs;
    }
    this.#rowsLeft -= rows;
    if (this.#rowsLeft > 0) return;
    this.#resolve(this.generation.predicted(this.#outputs));
    this.#settle();
  }

  fail(reason: unknown): void {
    if (this.#isSettled) return;
    this.#reject(reason);
    this.#settle();
  }

  #settle(): void {
    this.#isSettled = true;
    for (const tell of this.#told) tell();
    this.version?.release();
    this.generation.leave();
  }
}

/** Stops a job once no caller waits for it any more. */
export function cancelWhenAllSettled(
  requests: readonly Pick<Request<never>, 'whenSettled'>[],
  job: Job<unknown>,
): void {
  let left = requests.length;
  for (const request of requests) {
    request.whenSettled(() => {
      if (--left === 0) job.cancel();
    });
  }
}
