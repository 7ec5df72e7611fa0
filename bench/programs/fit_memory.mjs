// The most that `fit` on the 60,000 digits of MNIST holds beyond them.
import { Dense, datasets, Input, Sequential } from 'gemsbok';
import { settledMemory } from './settled.mjs';

const { trainX, trainY } = await datasets.mnist.loadData();
const model = new Sequential([
  new Input({ shape: [784] }),
  new Dense({ units: 84, activation: 'relu' }),
  new Dense({ units: 10, activation: 'softmax' }),
]);
model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy' });

const before = await settledMemory();
let most = before;
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 2);
await model.fit({ data: trainX.data, shape: [60_000, 784] }, trainY, { batchSize: 256, epochs: 2, verbose: 0 });
clearInterval(watch);
console.log(most - before);
