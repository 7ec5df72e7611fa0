import {
  type Job,
  type NativeData,
  type NativeModel,
  type NativeRun,
  native,
  type Progress,
  type Run,
  type RunResult,
} from '../../native';
import type { Feed } from '../data/feed';
import type { PreparedData } from '../data/prepare';
import { wholeBatch, withCustomCode } from './custom_loss';

export interface StreamOptions {
  readonly initialEpoch: number;
  /** Where it is given, the next epoch continues where the last one stopped; null: an epoch is a pass over the data. */
  readonly stepsPerEpoch: number | null;
}

/** A run over batches that are read while it trains: as a {@link NativeRun}, a step at a time. */
export class StreamRun {
  readonly objective: PreparedData['objective'];
  readonly #feed: Feed;
  readonly #native: NativeRun;
  readonly #run: Run;
  readonly #stepsPerEpoch: number | null;
  readonly #recent: NativeData[] = [];
  #counted: number | null;
  #pass: AsyncGenerator<PreparedData, undefined>;
  #next: PreparedData | undefined;
  #hasTrained = false;

  /** Waits for the first batch, whose shapes decide what is still open. */
  static async open(model: () => NativeModel, feed: Feed, options: StreamOptions): Promise<StreamRun> {
    const pass = feed.pass();
    const { value } = await pass.next();
    if (value === undefined) throw new Error('A feed yields a batch or throws.');
    return new StreamRun(model(), feed, pass, value, options);
  }

  private constructor(
    model: NativeModel,
    feed: Feed,
    pass: AsyncGenerator<PreparedData, undefined>,
    first: PreparedData,
    { initialEpoch, stepsPerEpoch }: StreamOptions,
  ) {
    this.objective = first.objective;
    this.#feed = feed;
    this.#pass = pass;
    this.#next = first;
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#counted = stepsPerEpoch;
    const { data } = first;
    this.#native = new native.Run(model, data, { ...wholeBatch(data), initialEpoch });
    this.#run = withCustomCode(this.#native, first.objective, true);
  }

  /** The batch of the last step, after that before it, whose gradient may be what spoilt it. */
  get recent(): readonly NativeData[] {
    return this.#recent;
  }

  /** null until the first pass has ended. */
  get stepsPerEpoch(): number | null {
    return this.#counted;
  }

  /** Whether the epoch has a step after `done` ones; waits for its batch. */
  async isReady(done: number): Promise<boolean> {
    if (done === 0 && this.#hasTrained) this.#native.endEpoch();
    if (done === this.#stepsPerEpoch) return false;
    this.#next ??= await this.#read();
    if (this.#next === undefined && done === 0) {
      this.#pass = this.#feed.pass();
      this.#next = await this.#read();
    }
    if (this.#next !== undefined) return true;
    if (this.#stepsPerEpoch === null) this.#counted = done;
    else this.#warn(done);
    return false;
  }

  /** The step that is ready. */
  run(_steps: number, learningRates: Float32Array): Job<RunResult> {
    if (this.#next === undefined) throw new Error('No batch is ready.');
    const { data } = this.#next;
    this.#next = undefined;
    this.#hasTrained = true;
    this.#native.feed(data);
    if (this.#recent.length === 2) this.#recent.shift()?.release();
    this.#recent.push(data);
    return this.#run.run(1, learningRates);
  }

  progress(): Progress {
    return this.#run.progress();
  }

  releaseMetrics(): void {
    this.#run.releaseMetrics?.();
  }

  /** Leaves the source. */
  async close(): Promise<void> {
    for (const data of this.#recent) data.release();
    await this.#pass.return(undefined);
  }

  async #read(): Promise<PreparedData | undefined> {
    return (await this.#pass.next()).value;
  }

  #warn(done: number): void {
    process.emitWarning(
      `The data ended after ${done} of the ${this.#stepsPerEpoch} steps of an epoch. Give fewer \`stepsPerEpoch\`, or ` +
        'let the data `repeat()`.',
      { code: 'GEMSBOK_DATA_ENDED' },
    );
  }
}
