// @ts-check
// Three gardens learn to tell irises apart, without showing each other a flower: each trains on its own, where one kind does
// not grow, and the weights are averaged (federated averaging).
import { Adam, averageWeights, cloneModel, Dense, datasets, Input, Sequential, setRandomSeed } from 'gemsbok';
import { readOptions } from './helpers.mjs';

const options = readOptions('Three gardens learn to tell irises apart without showing each other a flower.', {
  seed: '1',
  rounds: '40',
  folder: '.',
});
setRandomSeed(Number(options.seed));

const { x, y } = await datasets.iris.loadData();
const flowers = Array.from(y.data, (kind, row) => ({ row, kind, x: x.data.slice(4 * row, 4 * row + 4) }));
const test = flowers.filter(({ row }) => row % 5 === 0);
// A garden lacks one kind.
const gardens = [0, 1, 2].map((lacked) => flowers.filter(({ row, kind }) => row % 5 > 0 && kind !== lacked));

const common = new Sequential([
  new Input({ shape: [4] }),
  new Dense({ units: 16, activation: 'tanh' }),
  new Dense({ units: 3, activation: 'softmax' }),
]);
const clients = gardens.map(() => cloneModel(common));
const alone = gardens.map(() => cloneModel(common));
for (const model of [common, ...clients, ...alone]) {
  const optimizer = new Adam({ learningRate: 0.01 });
  model.compile({ optimizer, loss: 'sparse_categorical_crossentropy', metrics: ['acc'] });
  model.setWeights(common.getWeights());
}

const train = (model, garden) => {
  const [own, kinds] = [garden.map((flower) => flower.x), garden.map((flower) => flower.kind)];
  return model.fit(own, kinds, { epochs: 1, batchSize: 8, verbose: 0 });
};
const right = async (model) => {
  const { acc } = await model.evaluate(
    test.map((flower) => flower.x),
    test.map((flower) => flower.kind),
  );
  return `${Math.round(100 * acc)} %`;
};

console.log(`Flowers: ${gardens.map((garden) => garden.length).join(', ')}; ${test.length} others to test with`);
for (let round = 1; round <= Number(options.rounds); round++) {
  for (const client of clients) client.setWeights(common.getWeights());
  await Promise.all(clients.map((client, i) => train(client, gardens[i])));
  common.setWeights(averageWeights(clients, { sampleWeight: gardens.map((garden) => garden.length) }));
  await Promise.all(alone.map((model, i) => train(model, gardens[i])));
  if (round % 10 === 0) console.log(`Round ${String(round).padStart(2)}: ${await right(common)} right`);
}
console.log(`Together: ${await right(common)}; alone: ${(await Promise.all(alone.map(right))).join(', ')}`);
