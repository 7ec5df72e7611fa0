import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type * as Threads from 'node:worker_threads';
import { corruptFile, GemsbokError } from '../errors';
import { buffersOf, decode, encode } from './codec';
import type { Contents } from './tree';
import type { Reply, Request } from './worker';

// A thread for each file: what HDF5 leaves behind after a damaged file, its memory, which never shrinks, and its messages
// go with the thread; and the event loop goes on. In a bundle of the user's the thread's file may be missing.
const WORKER = join(__dirname, 'gemsbok_files.js');

// A file that keeps a thread busy for longer is damaged: HDF5 has loops that such files never leave. Time is counted in
// ticks, as that in which the whole process stood still says nothing.
const PATIENCE_MS = 10_000;
const BYTES_PER_MS = 10_000;
const TICK_MS = 250;

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
  const { Worker } = require('node:worker_threads') as typeof Threads;
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, {
      workerData: request,
      transferList: moved as ArrayBuffer[],
      stdout: true,
      stderr: true,
    });
    let ticks = 0;
    const timer = setInterval(() => {
      if (patience !== null && ++ticks > patience.ticks) settle(() => reject(patience.error));
    }, TICK_MS);
    const settle = (how: () => void): void => {
      clearInterval(timer);
      void worker.terminate();
      how();
    };
    worker.once('message', (reply: Reply) => settle(() => resolve(reply)));
    worker.once('error', (error) => settle(() => reject(error)));
    worker.once('exit', () => settle(() => reject(new Error('The thread that reads and writes files ended.'))));
  });
}

function rethrown(reply: Reply): never {
  if (!('message' in reply)) throw new Error('The thread that reads and writes files gave another answer.');
  throw reply.code === null ? new Error(reply.message) : new GemsbokError(reply.code, reply.message);
}
