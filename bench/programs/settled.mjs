import { setTimeout as sleep } from 'node:timers/promises';

/** Resident bytes once garbage is collected and the finalizers have run, which they do later. */
export async function settledMemory() {
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await sleep(50);
  }
  return process.memoryUsage.rss();
}
