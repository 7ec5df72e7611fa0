import { inspect } from 'node:util';
import type * as V8 from 'node:v8';
import { checkInteger, checkOneOf, checkOptions, elementAt } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { GemsbokError } from '../errors';
import type { Job, NativeProcesses } from '../native';
import { seedState, setSeedState } from '../random';
import type { Tensor, TypedArray } from '../tensor';
import { checksum, isSame } from './checksum';
import { bytesOf, copyOf, dataOf, type Floats, floatsOf, writeBack } from './exchanged';
import { LEFT, say } from './last_words';

const v8 = (): typeof V8 => require('node:v8');

/** Which MPI connects the processes; `none` where one is alone, without any. */
export type Backend = 'openmpi' | 'mpich' | 'mpi-abi' | 'none';

/** Where a process stands among those that work together. */
export interface ProcessFacts {
  /** From 0. */
  readonly rank: number;
  /** How many processes there are. */
  readonly size: number;
  /** Among the processes of this machine. */
  readonly localRank: number;
  /** How many there are on this machine. */
  readonly localSize: number;
  /** The name of this machine. */
  readonly host: string;
  /** What joins them. */
  readonly backend: Backend;
  /** The library that joins them, in its own words. */
  readonly libraryVersion: string;
}

export interface ReduceOptions {
  /** Default: 'sum' */
  readonly op?: 'sum' | 'mean' | undefined;
}

export interface BroadcastOptions {
  /** The rank of the process whose values all get. Default: 0 */
  readonly root?: number | undefined;
}

/**
 * The processes that a launcher started together, as one of them sees them: see {@link mpi}.
 *
 * Its collectives are called by all processes, in the same order. They work in place and return what they were given.
 * Errors, by which they reject: `ERR_INVALID_ARG` for what is not such an array, `ERR_DIST_MISMATCH` where the processes
 * call different ones or with arrays of different sizes, `ERR_MODEL_BUSY` while a model trains with them, unless in its
 * callbacks, `ERR_CLOSED` after `close`. A process that waits longer than the timeout ends all.
 */
export class ProcessGroup implements ProcessFacts {
  static {
    showOptionsInConsole(ProcessGroup, ({ rank, size, backend }) => ({ rank, size, backend }));
  }

  /** @internal */
  protected readonly cloning = notCloneable('a group of processes', 'its collectives are called in the main thread');
  readonly rank: number;
  readonly size: number;
  readonly localRank: number;
  readonly localSize: number;
  readonly host: string;
  readonly backend: Backend;
  readonly libraryVersion: string;
  readonly #native: NativeProcesses | null;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;
  #closing: Promise<void> | null = null;
  #pending = 0;
  #owner: string | null = null;
  #stepping = false;
  #endsTogether = false;

  /** @internal */
  constructor(facts: ProcessFacts, processes: NativeProcesses | null) {
    this.rank = facts.rank;
    this.size = facts.size;
    this.localRank = facts.localRank;
    this.localSize = facts.localSize;
    this.host = facts.host;
    this.backend = facts.backend;
    this.libraryVersion = facts.libraryVersion;
    this.#native = processes;
  }

  /** Whether this is the first process, which writes and prints. */
  get isMain(): boolean {
    return this.rank === 0;
  }

  /** Sums the arrays of all processes, or takes their mean, element by element. */
  async allreduce<A extends Floats>(array: A, options: ReduceOptions = {}): Promise<A> {
    checkOptions(options, ['op'], 'allreduce');
    const op = checkOneOf(options.op ?? 'sum', 'op', ['sum', 'mean']);
    const data = floatsOf(array);
    const own = copyOf(data);
    await this.#together(`allreduce ${op} ${data.constructor.name} ${data.length}`, (processes) => processes.sum(own));
    if (op === 'mean') for (const [i, sum] of own.entries()) own[i] = sum / this.size;
    writeBack(own, data);
    return array;
  }

  /** Sends all processes the values of one. */
  async broadcast<A extends TypedArray | Tensor>(array: A, options: BroadcastOptions = {}): Promise<A> {
    checkOptions(options, ['root'], 'broadcast');
    const root = checkInteger(options.root ?? 0, 'root', { min: 0, max: this.size - 1 });
    const data = dataOf(array);
    const own = bytesOf(data).slice();
    await this.#together(`broadcast ${root} ${data.constructor.name} ${data.length}`, (processes) =>
      processes.broadcast(own, root),
    );
    writeBack(own, data);
    return array;
  }

  /** Waits until all processes are here. */
  async barrier(): Promise<void> {
    await this.#together('barrier', (processes) => processes.barrier());
  }

  /** Leaves the others, when all are here. A program that ends by itself does so, too. */
  async close(): Promise<void> {
    if (this.#owner !== null) throw busy(CLOSE, this.#owner);
    this.#closing ??= this.#together(CLOSE).then(() => this.#leave());
    try {
      await this.#closing;
    } catch (error) {
      this.#closing = null;
      throw error;
    }
  }

  /** @internal For the end of this process, where no promise is waited for. Throws where others do not end. */
  closeAtOnce(): void {
    const sums = Float64Array.from(callSums(CLOSE));
    this.native?.sumAtOnce(sums);
    this.#compare(CLOSE, [...sums]);
    this.#leave();
  }

  #leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native?.finalize();
  }

  /** @internal Whether a process that ends now would leave the others in the middle of something. */
  get isWorking(): boolean {
    return this.#pending > 0 || this.#owner !== null;
  }

  /** @internal Whether it has left them. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** @internal Ends all processes. */
  abort(code: number): void {
    this.#native?.end(code);
  }

  /** @internal For native code; null where the process is alone. */
  get native(): NativeProcesses | null {
    return this.size === 1 ? null : this.#native;
  }

  /** @internal Does work that is made of several collectives; one at a time. */
  async exclusively<T>(owner: string, work: () => Promise<T>): Promise<T> {
    if (this.#closing !== null) throw closed();
    if (this.#owner !== null) throw busy(owner, this.#owner);
    this.#owner = owner;
    try {
      return await work();
    } finally {
      this.#owner = null;
    }
  }

  /**
   * @internal Does what all processes do. Where it fails, and the others do not know of it, they would wait for this one: then
   * all end.
   */
  async together<T>(call: string, work: () => Promise<T>): Promise<T> {
    this.#endsTogether = false;
    try {
      return await work();
    } catch (error) {
      if (!this.#endsTogether) {
        say(
          `gemsbok: process ${this.rank} of ${this.size} ends all, as \`${call}\` failed in it alone: ${inspect(error)}`,
        );
        this.abort(LEFT);
      }
      throw error;
    }
  }

  /** @internal All processes know that the call under way ends by an error. */
  endTogether(): void {
    this.#endsTogether = true;
  }

  /** @internal Does work of native code that is made of collectives, besides which there is none of others. */
  async stepping<T>(work: () => Promise<T>): Promise<T> {
    this.#stepping = true;
    try {
      return await work();
    } finally {
      this.#stepping = false;
    }
  }

  /** @internal The sums of the numbers of all processes. */
  async sums(...numbers: number[]): Promise<number[]> {
    return [...(await this.#sum(Float64Array.from(numbers)))];
  }

  /**
   * @internal Checks that all processes make the same call; returns in how many of them its preparation failed. From here on they draw
   * the seeds of the first one, whatever each drew before. Errors: `ERR_DIST_MISMATCH`, where it did not fail.
   */
  async begin(call: string, failed: boolean): Promise<number> {
    const sums = await this.sums(...callSums(call, failed, this.isMain ? seedState() : 0));
    if (!this.isMain) setSeedState(elementAt(sums, 2));
    return failed ? 1 : this.#compare(call, sums);
  }

  /** @internal What one process says, the first one or another, as structured cloning copies it. */
  async share<T>(value: T, root = 0): Promise<T> {
    if (this.native === null) return value;
    const speaks = this.rank === root;
    const own = speaks ? v8().serialize(value) : new Uint8Array(0);
    const [length = 0] = await this.sums(own.length);
    const bytes = speaks ? own : new Uint8Array(length);
    await this.native.broadcast(bytes, root).promise;
    return speaks ? value : (v8().deserialize(bytes) as T);
  }

  /** @internal Gathers the rows of an array of which each process has filled its part. */
  async gather(array: Float32Array, columns: number): Promise<void> {
    const rows = array.length / columns;
    for (let rank = 0; rank < this.size; rank++) {
      const [from, to] = this.partOf(rows, rank);
      if (to > from) await this.native?.broadcast(array.subarray(from * columns, to * columns), rank).promise;
    }
  }

  /** @internal The part of `count` things that is a process's, as native code shares the rows of a batch out. */
  partOf(count: number, rank: number = this.rank): readonly [from: number, to: number] {
    return [Math.floor((count * rank) / this.size), Math.floor((count * (rank + 1)) / this.size)];
  }

  /** @internal Refuses what differs between the processes. Errors: `ERR_DIST_MISMATCH`, in all of them. */
  async agree(call: string, facts: Readonly<Record<string, unknown>>): Promise<void> {
    const own = Object.entries(facts).map(([name, value]) => [name, JSON.stringify(value) ?? 'undefined'] as const);
    const main = await this.share(own);
    const places = new Float64Array(this.size);
    places[this.rank] = 1 + own.findIndex(([, value], i) => value !== main[i]?.[1]);
    await this.#sum(places);
    const rank = places.findIndex((place) => place > 0);
    if (rank === -1) return;
    this.endTogether();
    const [name] = elementAt(own, elementAt(places, rank) - 1);
    throw new GemsbokError(
      'ERR_DIST_MISMATCH',
      `Expected the same \`${name}\` in all processes for \`${call}\`, received another one in process ${rank} than in process 0. ` +
        'All processes run one program: they make the same models, after `distributed.mpi()`, and pass the same data and options.',
    );
  }

  async #sum(values: Float64Array): Promise<Float64Array> {
    await this.native?.sum(values).promise;
    return values;
  }

  /** One after the other, in the order of the calls. */
  async #together(call: string, work?: (processes: NativeProcesses) => Job<unknown>): Promise<void> {
    if (this.#closing !== null) throw closed();
    if (this.native === null) return;
    if (this.#stepping) throw busy(call, this.#owner ?? 'fit');
    const processes = this.native;
    this.#pending++;
    const own = this.#last.then(async () => {
      this.#compare(call, await this.sums(...callSums(call)));
      await work?.(processes).promise;
    });
    this.#last = own.catch(() => {});
    try {
      await own;
    } finally {
      this.#pending--;
    }
  }

  #compare(call: string, [closing = 0, failed = 0, , ...sums]: readonly number[]): number {
    if (isSame(sums, this.size)) return failed;
    const others = call !== CLOSE && closing > 0 ? `the end of ${closing} of ${this.size}` : 'another one elsewhere';
    throw new GemsbokError(
      'ERR_DIST_MISMATCH',
      `Expected the same call in all processes, received \`${call}\` in process ${this.rank} and ${others}. ` +
        'Collectives, `fit`, `evaluate`, `predict` and `trainOnBatch` are called by all processes, in the same order, with arrays of the same size.',
    );
  }
}

/** What processes say to each other as they end. */
const CLOSE = 'close';

/** What processes tell each other of a call: whether it is the end, whether it failed, the seed of the first one, a checksum. */
function callSums(call: string, failed = false, seed = 0): number[] {
  return [call === CLOSE ? 1 : 0, failed ? 1 : 0, seed, ...checksum(call)];
}

function closed(): GemsbokError {
  return new GemsbokError(
    'ERR_CLOSED',
    'Expected processes that work together, received some that were closed. Close them last.',
  );
}

function busy(call: string, owner: string): GemsbokError {
  const fix = 'Await that first; in callbacks `evaluate` and `predict` take `distributed: null`.';
  return new GemsbokError(
    'ERR_MODEL_BUSY',
    `Expected processes that do one thing at a time for \`${call}\`, received some amid \`${owner}\`. ${fix}`,
  );
}
