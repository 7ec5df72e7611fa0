// What a process gains in 1,000 calls of `fit`, after as many that let its heap grow to its size.
import { Dense, Input, Sequential } from 'gemsbok';
import { settledMemory } from './settled.mjs';

const model = new Sequential([
  new Input({ shape: [64] }),
  new Dense({ units: 32, activation: 'relu' }),
  new Dense({ units: 1 }),
]);
model.compile({ optimizer: 'adam', loss: 'mse' });
const x = { data: Float32Array.from({ length: 1024 * 64 }, (_, i) => Math.sin(i)), shape: [1024, 64] };
const y = new Float32Array(1024);

async function fits(count) {
  for (let i = 0; i < count; i++) await model.fit(x, y, { batchSize: 256, verbose: 0 });
  return settledMemory();
}

const before = await fits(1000);
console.log((await fits(1000)) - before);
