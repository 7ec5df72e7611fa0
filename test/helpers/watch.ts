import { once } from 'node:events';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';

/**
 * Watches the event loop from another thread while something runs: gives the most ticks of that thread, of 20 ms at least,
 * between two turns of the loop.
 */
export async function watched(run: () => Promise<unknown>): Promise<number> {
  const memory = new SharedArrayBuffer(4);
  const turns = new Int32Array(memory);
  const watcher = new Worker(resolve('test/helpers/watch.mjs'), { workerData: memory });
  let isOver = false;
  const turn = (): void => {
    Atomics.add(turns, 0, 1);
    if (!isOver) setTimeout(turn, 1);
  };
  turn();
  await once(watcher, 'online');
  try {
    await run();
    watcher.postMessage(null);
    const [most] = await once(watcher, 'message');
    return most;
  } finally {
    isOver = true;
    await watcher.terminate();
  }
}
