import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type * as Threads from 'node:worker_threads';
import { corruptFile, GemsbokError } from '../errors';
import { native } from '../native';
import type { Input, JobName, Output } from './jobs';
import { Patience, type Subject } from './patience';
import type { Failure, Reply, Request } from './worker';

// Files are read and written in threads: the event loop stays free, a parser that never ends can be stopped, and what HDF5
// leaves behind after a damaged file, its memory, which never shrinks, and its messages go with the thread.
const WORKER = join(__dirname, 'gemsbok_files.js');

/** Threads at once, whatever is asked for; a disk and the memory are not faster with more. */
const MOST_THREADS = 4;
/** How long a thread waits for the next job, as starting one takes longer than most files. */
const REST_MS = 5000;
const TICK_MS = 250;
/** Megabytes of objects in a thread, which damaged files may ask for without end; most numbers lie outside of them. */
const MOST_OBJECTS = 1536;

export interface JobOptions {
  /** What is not trusted, and hence given up when it asks for too much work; null for what is our own. */
  readonly subject: Subject | null;
  /** Memory that goes to the thread. */
  readonly moved?: readonly ArrayBuffer[];
  /** Jobs that go to one thread. */
  readonly lane?: Lane;
}

/** Jobs that use what earlier ones left in their thread, as long as it lives. */
export class Lane {
  thread: Thread | null = null;

  /** Whether what the thread knew went with it. */
  get isLost(): boolean {
    return this.thread?.isAlive === false;
  }
}

interface Task extends JobOptions {
  readonly request: Request;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const threads = new Set<Thread>();
let queue: Task[] = [];

/**
 * Runs a job in a thread of the pool, in the order of the calls. Errors: those of the job; `ERR_CORRUPT_FILE` where it
 * does more work than a file of that size can ask for, `ERR_DEADLINE` where only a clock can tell,
 * `ERR_OUT_OF_MEMORY`.
 */
export async function runJob<N extends JobName>(name: N, input: Input<N>, options: JobOptions): Promise<Output<N>> {
  // In a bundle of the user's the thread's file may be missing.
  if (!existsSync(WORKER)) return (await (await import('./jobs.js')).JOBS[name](input as never)).value as Output<N>;
  return new Promise((resolve, reject) => {
    const request = { job: name, input };
    queue.push({ ...options, request, resolve: resolve as Task['resolve'], reject });
    assign();
  });
}

/** Hands tasks to threads while there are both. A task whose thread is busy lets others go first. */
function assign(): void {
  const waiting: Task[] = [];
  for (const [i, task] of queue.entries()) {
    const own = task.lane?.isLost === false ? task.lane.thread : null;
    const thread = own === null ? anyFree() : freeOne(own);
    if (thread !== null) thread.run(task);
    else if (own !== null) waiting.push(task);
    else {
      queue = waiting.concat(queue.slice(i));
      return;
    }
  }
  queue = waiting;
}

function freeOne(thread: Thread): Thread | null {
  return thread.isFree ? thread : null;
}

function anyFree(): Thread | null {
  const most = Math.min(MOST_THREADS, native.getThreads());
  return [...threads].find(({ isFree }) => isFree) ?? (threads.size < most ? new Thread() : null);
}

class Thread {
  readonly #worker: Threads.Worker;
  /** Undefined before it begins. */
  #name: string | null | undefined;
  #task: Task | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isLast = false;

  constructor() {
    const { Worker } = require('node:worker_threads') as typeof Threads;
    this.#worker = new Worker(WORKER, {
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: MOST_OBJECTS },
    });
    this.#worker
      .on('message', (reply: Reply) => this.#answer(reply))
      .on('error', (error) => this.#fail(errorOf(error, this.#task?.subject ?? null)))
      .on('exit', () => this.#leave());
    threads.add(this);
  }

  get isFree(): boolean {
    return this.#task === null && this.isAlive;
  }

  get isAlive(): boolean {
    return !this.#isLast;
  }

  run(task: Task): void {
    clearTimeout(this.#timer);
    this.#task = task;
    if (task.lane !== undefined) task.lane.thread = this;
    this.#worker.ref();
    if (task.subject !== null) this.#watch(new Patience(task.subject));
    try {
      this.#worker.postMessage(task.request, (task.moved ?? []) as ArrayBuffer[]);
    } catch (error) {
      this.#fail(error);
    }
  }

  #watch(patience: Patience): void {
    this.#timer = setInterval(() => {
      const error = this.#name === undefined ? null : patience.spent(this.#name);
      if (error !== null) this.#fail(error);
    }, TICK_MS);
  }

  #answer(reply: Reply): void {
    if ('thread' in reply) {
      this.#name = reply.thread;
      return;
    }
    const task = this.#end();
    if (reply.isWorn) this.#stop();
    else this.#rest();
    if ('value' in reply) task?.resolve(reply.value);
    else task?.reject(rebuilt(reply.failure));
    assign();
  }

  #fail(error: unknown): void {
    this.#end()?.reject(error);
    this.#stop();
  }

  /** No process waits for a thread that rests. */
  #rest(): void {
    this.#worker.unref();
    this.#timer = setTimeout(() => this.#stop(), REST_MS).unref();
  }

  #end(): Task | null {
    clearTimeout(this.#timer);
    const task = this.#task;
    this.#task = null;
    return task;
  }

  #stop(): void {
    this.#isLast = true;
    void this.#worker.terminate();
  }

  /** The place of a thread is free once it is gone. */
  #leave(): void {
    this.#fail(new Error('The thread that reads and writes files ended.'));
    threads.delete(this);
    assign();
  }
}

/** What ended a thread; a parser may leave errors that nothing awaits. */
function errorOf(error: NodeJS.ErrnoException, subject: Subject | null): Error {
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') {
    return subject === null ? error : corruptFile(subject.where, 'a readable file', error.message, { cause: error });
  }
  const expected = `at most ${MOST_OBJECTS} MB of objects in the thread that reads and writes files`;
  return new GemsbokError('ERR_OUT_OF_MEMORY', `Expected ${expected}, received more. Write a table in smaller parts.`);
}

const TYPES: Readonly<Record<string, ErrorConstructor>> = { TypeError, RangeError };

function rebuilt({ name, message, fields }: Failure): Error {
  if (name === 'GemsbokError') return new GemsbokError(fields.code as GemsbokError['code'], message);
  return Object.assign(new (TYPES[name] ?? Error)(message), fields);
}
