import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type * as Threads from 'node:worker_threads';
import { corruptFile, GemsbokError } from '../errors';
import { buffersOf, decode, encode } from './codec';
import type { Contents } from './tree';
import type { Reply, Request } from './worker';

// Files are read and written in a thread: what HDF5 leaves behind after a damaged file, its memory, which never shrinks, and
// its messages go with the thread; and the event loop goes on. In a bundle of the user's the thread's file may be missing.
const WORKER = join(__dirname, 'gemsbok_files.js');

// A file that keeps a thread busy for longer is damaged: HDF5 has loops that such files never leave. Time is counted in
// ticks, as that in which the whole process stood still says nothing.
const PATIENCE_MS = 10_000;
const BYTES_PER_MS = 10_000;
const TICK_MS = 250;

/** How long a thread waits for the next file, and after how much it does not. */
const REST_MS = 5000;
const MOST_IN_IDLE = 2 ** 24;

let idle: Threads.Worker | null = null;

/** The bytes of a file. Takes the memory of the numbers. */
export async function encodeFile(contents: Contents): Promise<Uint8Array> {
  if (!existsSync(WORKER)) return encode(contents);
  const reply = await ask({ contents }, buffersOf(contents.root), null);
  return 'bytes' in reply ? reply.bytes : rethrown(reply);
}

/** What a file holds. Takes the memory of `bytes`. `where` names the file in errors. */
export async function decodeFile(bytes: Uint8Array<ArrayBuffer>, where: string): Promise<Contents> {
  if (!existsSync(WORKER)) return decode(bytes, where);
  const limit = PATIENCE_MS + bytes.length / BYTES_PER_MS;
  const slow = corruptFile(where, `a file that is read in ${Math.round(limit / 1000)} s`, 'one that is not');
  const reply = await ask({ bytes, where }, [bytes.buffer], { ticks: limit / TICK_MS, error: slow });
  return 'contents' in reply ? reply.contents : rethrown(reply);
}

function ask(
  request: Request,
  moved: readonly ArrayBuffer[],
  patience: { readonly ticks: number; readonly error: Error } | null,
): Promise<Reply> {
  const isSmall = moved.reduce((sum, { byteLength }) => sum + byteLength, 0) < MOST_IN_IDLE;
  const worker = idle ?? start();
  idle = null;
  worker.ref();
  return new Promise((resolve, reject) => {
    let ticks = 0;
    const timer = setInterval(() => {
      if (patience !== null && ++ticks > patience.ticks) fail(patience.error);
    }, TICK_MS);
    const leave = (): void => {
      clearInterval(timer);
      worker.off('error', fail).off('exit', end).off('message', answer);
    };
    const fail = (error: Error): void => {
      leave();
      void worker.terminate();
      reject(error);
    };
    const end = (): void => fail(new Error('The thread that reads and writes files ended.'));
    const answer = (reply: Reply): void => {
      leave();
      if (isSmall && idle === null && !('message' in reply)) rest(worker);
      else void worker.terminate();
      resolve(reply);
    };
    worker.on('error', fail).on('exit', end).on('message', answer);
    worker.postMessage(request, moved as ArrayBuffer[]);
  });
}

function start(): Threads.Worker {
  const { Worker } = require('node:worker_threads') as typeof Threads;
  const worker = new Worker(WORKER, { stdout: true, stderr: true });
  return worker.once('exit', () => {
    if (idle === worker) idle = null;
  });
}

/** Keeps a thread for the next file, as starting one takes longer than most files. No process waits for it. */
function rest(worker: Threads.Worker): void {
  idle = worker;
  worker.unref();
  setTimeout(() => {
    if (idle !== worker) return;
    idle = null;
    void worker.terminate();
  }, REST_MS).unref();
}

function rethrown(reply: Reply): never {
  if (!('message' in reply)) throw new Error('The thread that reads and writes files gave another answer.');
  throw reply.code === null ? new Error(reply.message) : new GemsbokError(reply.code, reply.message);
}
