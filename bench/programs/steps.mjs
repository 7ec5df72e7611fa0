// Seconds of a training step, alone or as one of the processes of a launcher.
import { Dense, distributed, Input, Sequential } from 'gemsbok';

const ROWS = 8192;
const BATCH = 128;

const dist = await distributed.mpi();
const model = new Sequential([
  new Input({ shape: [784] }),
  new Dense({ units: 84, activation: 'relu' }),
  new Dense({ units: 10, activation: 'softmax' }),
]);
model.compile({ optimizer: 'sgd', loss: 'sparse_categorical_crossentropy' });
const x = { data: Float32Array.from({ length: ROWS * 784 }, (_, i) => (i % 255) / 255), shape: [ROWS, 784] };
const y = Float32Array.from({ length: ROWS }, (_, i) => i % 10);

const fit = (epochs) => model.fit(x, y, { epochs, batchSize: BATCH, verbose: 0, distributed: dist });
await fit(1);
const begin = performance.now();
await fit(3);
const step = (performance.now() - begin) / 1000 / ((3 * ROWS) / BATCH);
// Launchers pass for terminals, on which `console.log` colors numbers.
if (dist.isMain) process.stdout.write(`${step}\n`);
await dist.close();
