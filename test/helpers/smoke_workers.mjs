// A hundred workers that end at any moment, most of them in the middle of `fit`: no crash, and memory stays flat. It is
// run beside an installation, as smoke.mjs is.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

const library = createRequire(import.meta.url).resolve('gemsbok');
const program = `
  const { parentPort } = require('node:worker_threads');
  const { Sequential, Input, Dense } = require(${JSON.stringify(library)});
  const model = new Sequential([new Input({ shape: [4] }), new Dense({ units: 64 }), new Dense({ units: 1 })]);
  model.compile({ loss: 'mse' });
  const x = new Float32Array(4096).fill(0.5);
  model.fit(x, new Float32Array(1024), { epochs: 1e6, verbose: 0 });
  parentPort.postMessage('trains');`;

async function startAndEnd(count) {
  for (let i = 0; i < count; i++) {
    const worker = new Worker(program, { eval: true });
    await once(worker, 'message');
    await new Promise((resolve) => setTimeout(resolve, i % 5));
    await worker.terminate();
  }
  globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
}

// The allocator keeps some of what the first workers have freed.
const before = await startAndEnd(30);
const grown = (await startAndEnd(70)) - before;
assert(grown < 30, `70 workers leave ${grown.toFixed(1)} MB`);
console.log(`100 workers: ${grown.toFixed(1)} MB more`);
