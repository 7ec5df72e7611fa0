import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const SETUP = `
  const { Dense, Input, loadModel, Sequential, dataset } = require('gemsbok');
  const { parentPort, workerData } = require('node:worker_threads');
  const model = new Sequential([new Input({ shape: [4] }), new Dense({ units: 32, activation: 'relu' }), new Dense({ units: 1 })]);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  const x = new Float32Array(4 * 64).map((_, i) => Math.sin(i));
  const y = new Float32Array(64).map((_, i) => Math.cos(i));
  const endless = async (work) => { for (;;) await work(); };
  parentPort.postMessage('ready');
`;

const WORK = [
  'model.fit(x, y, { epochs: 1e6, verbose: 0 })',
  'model.fit(x, y, { epochs: 1e6, verbose: 0, callbacks: [{ onTrainBatchEnd() {} }] })',
  'endless(() => model.predict(x))',
  'endless(() => model.evaluate(x, y))',
  'endless(() => model.trainOnBatch(x, y))',
  'endless(async () => model.predictSync(x))',
  'endless(async () => model.setWeights(model.getWeights()))',
  'model.fit(dataset(() => (function* () { for (;;) yield { x: [1, 2, 3, 4], y: 1 }; })()).batch(8), { verbose: 0 })',
  'model.toJSON(); endless(() => model.save(workerData).then(() => loadModel(workerData)))',
];

// What it was about to write stays behind, as nobody is left to clear it up.
const folder = mkdtempSync(join(tmpdir(), 'gemsbok-fuzz-workers-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** A worker that dies in the middle of its work; the process must not notice. */
export async function dyingWorker(random, judge) {
  const works = random.list(random.integer(1, 3), () => random.pick(WORK));
  const worker = new Worker(SETUP + works.map((work) => `${work}.catch(() => {});`).join('\n'), {
    eval: true,
    workerData: join(folder, 'model.keras'),
  });
  const failed = once(worker, 'error').then(([error]) => error);
  const first = await Promise.race([once(worker, 'message'), failed]);
  if (first instanceof Error) judge.stray('a worker', first);
  await new Promise((resolve) => setTimeout(resolve, random.integer(0, 12)));
  await worker.terminate();
}
