// One process is killed or stopped at some place: mpirun -n 3 node distributed_kills.cases.mjs WHERE SIGNAL FOLDER. Each prints
// its rank and its id first.
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BackupAndRestore,
  Dense,
  distributed,
  Input,
  ModelCheckpoint,
  Sequential,
  setRandomSeed,
  Tensor,
} from 'gemsbok';
import { print } from './helpers/print.mjs';

const [, , where, signal, folder = ''] = process.argv;
// On a busy machine the first file takes seconds, which no other process waits for here.
if (['save', 'checkpoint'].includes(where))
  await makeModel().save(join(mkdtempSync(join(tmpdir(), 'gemsbok-test-')), 'first.keras'));
const dist = await distributed.mpi({ timeout: signal === 'SIGSTOP' ? 5000 : 60_000 });
print(JSON.stringify({ rank: dist.rank, pid: process.pid }));

setRandomSeed(7);
const x = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i * i));
const y = Float32Array.from({ length: 100 }, (_, i) => Math.cos(i));

function makeModel(units = 8) {
  const model = new Sequential([
    new Input({ shape: [4] }),
    new Dense({ units, activation: 'relu' }),
    new Dense({ units: 1 }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  return model;
}

/** What happens to the process of this rank. */
const strike = (rank) => {
  if (dist.rank === rank) process.kill(process.pid, signal);
};

/** Sizes and times of the files that have bytes. */
const written = () =>
  readdirSync(folder)
    .map((name) => [name, statSync(join(folder, name))])
    .filter(([, { size }]) => size > 0)
    .map(([name, { size, mtimeNs }]) => `${name} ${size} ${mtimeNs}`)
    .join();

/** Strikes the first process as soon as one of the files has other bytes: before it is closed, as each step of a write is one of the event loop. */
function strikeAmidWrite() {
  if (!dist.isMain) return;
  const before = written();
  const look = () => {
    if (written() !== before) strike(0);
    setImmediate(look);
  };
  look();
}

/** All weights are one number, which a torn file would not have. */
const fill = (model, value) =>
  model.setWeights(
    model.getWeights().map(
      ({ data, shape }) =>
        new Tensor(
          data.map(() => value),
          shape,
        ),
    ),
  );

const own = { verbose: 0, distributed: dist, batchSize: 10 };
const path = join(folder, 'model.keras');

const WHERE = {
  evaluate: () => makeModel().evaluate(x, y, { ...own, callbacks: { onTestBatchEnd: () => strike(1) } }),
  predict: () => makeModel().predict(x, { ...own, callbacks: { onPredictBatchEnd: () => strike(1) } }),
  /** The first process has predicted, and waits for the outputs of the second. */
  async outputs() {
    const gather = dist.gather.bind(dist);
    dist.gather = (...given) => {
      strike(1);
      return gather(...given);
    };
    await makeModel().predict(x, own);
  },
  async save() {
    const model = makeModel(5000);
    for (let value = 1; value < 9; value++) {
      fill(model, value);
      if (value === 3) strikeAmidWrite();
      if (dist.isMain) await model.save(path);
      await dist.barrier();
    }
  },
  async checkpoint() {
    const model = makeModel(5000);
    model.optimizer.learningRate = 0;
    const filling = {
      onEpochEnd(epoch) {
        fill(model, epoch + 1);
        if (epoch === 2) strikeAmidWrite();
      },
    };
    await model.fit(x, y, { ...own, epochs: 8, callbacks: [filling, new ModelCheckpoint({ filepath: path })] });
  },
  async backup() {
    const model = makeModel();
    const striking = {
      onEpochEnd(epoch) {
        if (epoch === 5 && signal !== 'none') strikeAmidWrite();
      },
    };
    const backup = new BackupAndRestore({ backupDir: folder });
    const { history } = await model.fit(x, y, { ...own, epochs: 9, seed: 2, callbacks: [striking, backup] });
    if (dist.isMain) print(JSON.stringify({ history, weights: model.getWeights().map(({ data }) => [...data]) }));
  },
};

await WHERE[where]();
await dist.close();
