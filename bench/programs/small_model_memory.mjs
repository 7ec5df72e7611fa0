// What a process holds that has imported the library and fitted a small model.
import { Dense, Input, Sequential } from 'gemsbok';

const model = new Sequential([
  new Input({ shape: [8] }),
  new Dense({ units: 16, activation: 'relu' }),
  new Dense({ units: 1 }),
]);
model.compile({ optimizer: 'adam', loss: 'mse' });
const x = { data: Float32Array.from({ length: 256 * 8 }, (_, i) => Math.sin(i)), shape: [256, 8] };
await model.fit(
  x,
  Float32Array.from({ length: 256 }, (_, i) => Math.cos(i)),
  { epochs: 5, verbose: 0 },
);
console.log(process.memoryUsage.rss());
