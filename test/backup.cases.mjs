// A run that ends at a moment, and goes on when it is started again: MOMENT=7 node backup.cases.mjs FOLDER SAVE_FREQ
// It prints the bits of everything that it leaves behind.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Adam,
  BackupAndRestore,
  Callback,
  CSVLogger,
  Dense,
  EarlyStopping,
  GlorotUniform,
  Input,
  LearningRateScheduler,
  ReduceLROnPlateau,
  Sequential,
} from 'gemsbok';
import { moment } from './helpers/moments.mjs';

const [, , folder, saveFreq] = process.argv;
const ROWS = 90;
const INPUTS = 6;
const x = Float32Array.from({ length: ROWS * INPUTS }, (_, i) => Math.sin(i * i));
const y = Int32Array.from({ length: ROWS }, (_, row) => (row * row) % 3);

const seed = Number(process.env.SEED);
const model = new Sequential([
  new Input({ shape: [INPUTS] }),
  new Dense({ units: 24, activation: 'relu', kernelInitializer: new GlorotUniform({ seed }) }),
  new Dense({ units: 3, activation: 'softmax', kernelInitializer: new GlorotUniform({ seed }) }),
]);
model.compile({ optimizer: new Adam({ amsgrad: true }), loss: 'sparse_categorical_crossentropy', metrics: ['acc'] });

/** Something with a state that depends on every batch. */
class Count extends Callback {
  batches = 0;

  onTrainBegin() {
    this.batches = 0;
  }

  onTrainBatchBegin() {
    setImmediate(moment, 'a step');
  }

  onTrainBatchEnd() {
    this.batches++;
  }

  getState() {
    return this.batches;
  }

  setState(batches) {
    this.batches = batches;
  }
}

const count = new Count();
const stopping = new EarlyStopping({ monitor: 'val_loss', patience: 100, restoreBestWeights: true });
const history = await model.fit(x, y, {
  batchSize: 8,
  stepsPerEpoch: 4,
  epochs: 120,
  seed,
  verbose: 0,
  validationSplit: 0.2,
  callbacks: [
    new BackupAndRestore({ backupDir: join(folder, 'backup'), saveFreq: Number(saveFreq) || 'epoch' }),
    new LearningRateScheduler({ schedule: (epoch, rate) => (epoch % 10 === 9 ? rate * 0.97 : rate) }),
    new ReduceLROnPlateau({ monitor: 'acc', factor: 0.9, patience: 5 }),
    count,
    stopping,
    new CSVLogger({ filename: join(folder, 'log.csv') }),
  ],
});
const bits = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
const left = {
  weights: model.getWeights().map(bits),
  iterations: model.iterations,
  rate: model.optimizer.learningRate,
  history: history.history,
  epoch: history.epoch,
  batches: count.batches,
  best: [stopping.best, stopping.bestEpoch, stopping.stoppedEpoch],
  csv: readFileSync(join(folder, 'log.csv'), 'utf8'),
};
console.log(JSON.stringify(left));
