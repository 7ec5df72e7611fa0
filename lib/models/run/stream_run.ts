import type { ProcessGroup } from '../../distributed';
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
import { type BegunPass, unsharedStream } from './stream_parts';

export interface StreamOptions {
  readonly initialEpoch: number;
  /** Where it is given, the next epoch continues where the last one stopped; null: an epoch is a pass over the data. */
  readonly stepsPerEpoch: number | null;
  /** Those that train together, each on its own part of the data. */
  readonly processes: ProcessGroup | null;
}

/** A run over batches that are read while it trains: as a {@link NativeRun}, a step at a time. */
export class StreamRun {
  readonly objective: PreparedData['objective'];
  readonly #feed: Feed;
  readonly #native: NativeRun;
  readonly #run: Run;
  readonly #stepsPerEpoch: number | null;
  readonly #recent: NativeData[] = [];
  readonly #processes: ProcessGroup | null;
  /** A batch without rows, for a process whose data ended before those of others. */
  readonly #empty: NativeData;
  #counted: number | null;
  #pass: AsyncGenerator<PreparedData, undefined>;
  #next: PreparedData | undefined;
  #hasTrained = false;
  #hold: ((error: unknown) => void) | null = null;

  constructor(
    model: NativeModel,
    { feed, pass, next, like }: BegunPass,
    { initialEpoch, stepsPerEpoch, processes }: StreamOptions,
    seed: number,
  ) {
    const { data, objective } = like;
    this.#processes = processes;
    this.#empty = data.slice(0, 0);
    this.objective = objective;
    this.#feed = feed;
    this.#pass = pass;
    this.#next = next;
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#counted = stepsPerEpoch;
    const options = { ...wholeBatch(data), seed, initialEpoch, processes: processes?.native ?? null };
    this.#native = new native.Run(model, data, options);
    if (processes !== null && !this.#native.sharesBatches)
      throw unsharedStream('model that needs whole batches', 'one');
    this.#native.feed(data);
    this.#run = withCustomCode(this.#native, objective, options);
  }

  /** `hold` is told why data ended too soon. */
  holdErrors(hold: (error: unknown) => void): void {
    this.#hold = hold;
  }

  /** The batch of the last step, after that before it, whose gradient may be what spoilt it. */
  get recent(): readonly NativeData[] {
    return this.#recent;
  }

  /** The batch of the next step, where it is there already. */
  get next(): NativeData | undefined {
    return this.#next?.data;
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
    if (this.#next === undefined && done === 0 && this.#hasTrained) {
      this.#pass = this.#feed.pass();
      this.#next = await this.#read();
    }
    if (await this.#isAnyReady()) return true;
    if (this.#stepsPerEpoch === null) this.#counted = done;
    else this.#warn(done);
    return false;
  }

  /** Whether this process or another one has a batch. An epoch ends where the last one's data do. */
  async #isAnyReady(): Promise<boolean> {
    if (this.#processes === null) return this.#next !== undefined;
    if (this.#next === undefined) this.#native.feed(this.#empty);
    const { rank, size } = this.#processes;
    const own = this.#next?.data.rows ?? 0;
    const rows = await this.#processes.sums(...Array.from({ length: size }, (_, r) => (r === rank ? own : 0)));
    const sum = (to: number): number => rows.slice(0, to).reduce((all, one) => all + one, 0);
    if (sum(size) === 0) return false;
    this.#native.place(sum(rank), sum(size));
    return true;
  }

  /** The step that is ready. */
  run(_steps: number, learningRates: Float32Array): Job<RunResult> {
    const data = this.#next?.data;
    this.#next = undefined;
    this.#hasTrained = true;
    if (this.#recent.length === 2) this.#recent.shift()?.release();
    if (data !== undefined) this.#recent.push(data);
    return this.#run.run(1, learningRates);
  }

  progress(): Progress {
    return this.#run.progress();
  }

  stop(): void {
    this.#native.stop();
  }

  get sharesBatches(): boolean {
    return this.#native.sharesBatches;
  }

  releaseMetrics(): void {
    this.#run.releaseMetrics?.();
  }

  /** Leaves the source. */
  async close(): Promise<void> {
    for (const data of this.#recent) data.release();
    await this.#pass.return(undefined);
  }

  /** With room for its step, which other processes may not wait for in vain. */
  async #read(): Promise<PreparedData | undefined> {
    try {
      const { value } = await this.#pass.next();
      if (value !== undefined) this.#native.feed(value.data);
      return value;
    } catch (error) {
      if (this.#hold === null) throw error;
      this.#hold(error);
      return undefined;
    }
  }

  #warn(done: number): void {
    process.emitWarning(
      `The data ended after ${done} of the ${this.#stepsPerEpoch} steps of an epoch. Give fewer \`stepsPerEpoch\`, or ` +
        'let the data `repeat()`.',
      { code: 'GEMSBOK_DATA_ENDED' },
    );
  }
}
