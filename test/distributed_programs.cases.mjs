// Programs as users write them, which distributed.cases.mjs runs in one process and in several.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as g from 'gemsbok';

/** Targets and predictions of a batch, computed in JavaScript. */
export const ownLoss = (yTrue, yPred) => {
  const { length } = yPred.data;
  const gradient = yPred.data.map((value, i) => (2 * (value - yTrue.data[i])) / yPred.shape[1]);
  const value = Float32Array.from({ length: yPred.shape[0] }, (_, row) => {
    const [from, to] = [(row * length) / yPred.shape[0], ((row + 1) * length) / yPred.shape[0]];
    return (
      yPred.data.subarray(from, to).reduce((sum, one, i) => sum + (one - yTrue.data[from + i]) ** 2, 0) / (to - from)
    );
  });
  return { value: new g.Tensor(value, [yPred.shape[0]]), gradient: new g.Tensor(gradient, yPred.shape) };
};

class LargestError extends g.Metric {
  #most = 0;
  updateState(yTrue, yPred) {
    for (const [i, value] of yPred.data.entries()) this.#most = Math.max(this.#most, Math.abs(value - yTrue.data[i]));
  }
  result() {
    return this.#most;
  }
  resetState() {
    this.#most = 0;
  }
}

/** What `fit` and `compile` may be told, by their own words. */
export async function knownOptions(verb, call) {
  const { message } = await Promise.resolve()
    .then(() => call({ unknown: 1 }))
    .then(
      () => ({ message: '' }),
      (error) => error,
    );
  const [, names = ''] = new RegExp(`${verb} knows: ([\\w, ]+)`).exec(message) ?? [];
  return names.split(', ');
}

export function programs({
  dist,
  train,
  report,
  isSame,
  net,
  dense,
  plain,
  given,
  classes,
  weights,
  spread,
  classify,
  FIT,
}) {
  const oneHot = g.toCategorical(classes, 3);
  const end = () => dense(3, { activation: 'softmax' });
  const validationData = [given, classes];
  const numbers = { optimizer: 'adam', loss: 'mse', metrics: ['mae'] };
  const valuesOf = (model) => model.getWeights().flatMap(({ data }) => [...data]);
  const allSame = async (model) => ({ same: await isSame(valuesOf(model)), values: valuesOf(model) });
  /** A path that all processes write to or read, of this run alone. */
  const at = (name) => join(process.cwd(), `${dist.size}-${name}`);

  return {
    async fitOptions() {
      const fits = {
        'initialEpoch, shuffle': { initialEpoch: 2, epochs: 5, shuffle: false },
        'validationFreq, validationBatchSize': { validationData, validationFreq: 2, validationBatchSize: 7 },
        'validationSteps, copy': { validationData, validationSteps: 2, validationBatchSize: 8, copy: false },
        'stepsPerEpoch alone': { stepsPerEpoch: 4, batchSize: undefined },
        'validation weights': { validationData: [given, classes, weights], classWeight: { 0: 3, 2: 0.5 } },
        'validationSplit, sampleWeight': { validationSplit: 0.3, sampleWeight: weights },
        'validationFreq, a list': {
          validationData,
          validationFreq: [1, 4],
          callbacks: [new g.EarlyStopping({ patience: 9 })],
        },
        'batchSize of one, allowNonFinite': { batchSize: 1, epochs: 1, allowNonFinite: true },
        'batchSize above all': { batchSize: 1000 },
        signal: { signal: new AbortController().signal },
      };
      for (const [name, fit] of Object.entries(fits)) await train(`fit: ${name}`, plain(), classes, { fit });
      const tried = new Set([...Object.keys(FIT), ...Object.values(fits).flatMap((fit) => Object.keys(fit))]);
      const model = plain();
      model.compile(classify);
      const known = await knownOptions('fit', (options) => model.fit(given, classes, options));
      const missing = known.filter((name) => !tried.has(name));
      if (known.length < 10 || missing.length > 0)
        throw new Error(`no distributed test of fit's ${missing.join(', ')}`);
    },
    async programs() {
      await train('own loss, own metric, early stopping', net(dense(6), dense(3)), spread, {
        compile: { optimizer: 'adam', loss: ownLoss, metrics: [new LargestError(), 'mae'] },
        fit: {
          epochs: 12,
          validationData: [given, spread, weights],
          sampleWeight: weights,
          callbacks: [
            new g.EarlyStopping({ monitor: 'val_loss', patience: 4, minDelta: 0.02, restoreBestWeights: true }),
            new g.ReduceLROnPlateau({ monitor: 'val_mae', patience: 1, factor: 0.5, minDelta: 0.05 }),
          ],
        },
      });
      await train('averages swapped', plain(), classes, {
        compile: { ...classify, optimizer: new g.Adam({ learningRate: 0.01, useEma: true, emaMomentum: 0.8 }) },
        fit: { validationData, callbacks: [new g.SwapEMAWeights({ swapOnEpoch: true })] },
      });
      await train('accumulated, clipped, decayed', net(dense(6), new g.BatchNormalization(), end()), classes, {
        compile: {
          ...classify,
          optimizer: new g.AdamW({
            learningRate: 0.01,
            gradientAccumulationSteps: 3,
            globalClipnorm: 0.5,
            useEma: true,
          }),
        },
        fit: { batchSize: 7, validationSplit: 0.2, callbacks: [new g.SwapEMAWeights()] },
      });
      const rates = [];
      await train('a rate by epoch', plain(), classes, {
        fit: {
          epochs: 6,
          callbacks: [
            new g.LearningRateScheduler({ schedule: (epoch, rate) => (epoch < 2 ? rate : rate * 0.7) }),
            new g.LambdaCallback({
              onEpochEnd: (epoch, logs) => void rates.push(logs.loss, logs.learning_rate ?? epoch),
            }),
          ],
        },
      });
      report('rates', { same: await isSame(rates), rates });
    },
    /** What callbacks write is the first one's; all load it and go on. */
    async files() {
      const model = net(dense(6), new g.Dropout({ rate: 0.2 }), end());
      const callbacks = [
        new g.CSVLogger({ filename: at('log.csv') }),
        new g.TensorBoard({ logDir: at('board'), histogramFreq: 1 }),
        new g.ModelCheckpoint({ filepath: at('best.keras'), monitor: 'val_loss', saveBestOnly: true }),
        new g.ModelCheckpoint({ filepath: at('{epoch}.weights.h5'), saveWeightsOnly: true }),
        new g.TerminateOnNaN(),
      ];
      await train('callbacks that write', model, classes, { fit: { validationData, callbacks } });
      await dist.barrier();
      const log = readFileSync(at('log.csv'), 'utf8')
        .split(/[\n,]/)
        .map(Number)
        .map((one) => (Number.isNaN(one) ? null : one));
      const files = [1, 2, 3, 4].map((epoch) => (existsSync(at(`${epoch}.weights.h5`)) ? 1 : 0));
      report('files', { same: true, log, files, boards: readdirSync(at('board')).length });
      const loaded = await g.loadModel(at('best.keras'));
      await loaded.fit(given, classes, { ...FIT, initialEpoch: 4, epochs: 6 });
      const fresh = plain();
      fresh.compile(classify);
      report('loaded, then trained', await allSame(loaded));
      const whole = net(dense(6), new g.Dropout({ rate: 0.2 }), end());
      whole.compile(classify);
      await whole.loadWeights(at('2.weights.h5'));
      const evaluated = await whole.evaluate(given, classes, {
        distributed: dist,
        sampleWeight: weights,
        batchSize: 8,
      });
      report('weights loaded', { ...(await allSame(whole)), evaluated });
    },
    /** In a callback each process does the whole by itself. */
    async inside() {
      const model = plain();
      model.compile(classify);
      const seen = [];
      const callbacks = {
        async onEpochEnd() {
          const refused = await model.evaluate(given, classes, { distributed: dist }).catch((error) => error);
          if (dist.size > 1 && !/in callbacks `evaluate` and `predict` take `distributed: null`/.test(refused.message))
            throw refused;
          const { loss, acc } = await model.evaluate(given, classes, { distributed: null });
          const { data } = await model.predict(given, { distributed: null });
          seen.push(loss, acc, ...data, ...(await dist.allreduce(Float64Array.of(loss), { op: 'mean' })));
        },
      };
      await model.fit(given, classes, { ...FIT, epochs: 2, callbacks });
      report('evaluate in a callback', { ...(await allSame(model)), seen });
    },
    async interrupted() {
      const made = () => {
        g.setRandomSeed(11);
        const model = net(dense(6), new g.Dropout({ rate: 0.3 }), end());
        model.compile({ ...classify, optimizer: 'adam' });
        return model;
      };
      for (const [name, saveFreq, hook] of [
        ['epoch', 'epoch', 'onEpochBegin'],
        ['steps', 2, 'onTrainBatchBegin'],
      ]) {
        const backup = () => new g.BackupAndRestore({ backupDir: at(`backup-${name}`), saveFreq });
        let calls = 0;
        const failing = {
          [hook]() {
            if (++calls === 4) throw new Error('the machine is gone');
          },
        };
        const options = { ...FIT, batchSize: 16, epochs: 5, seed: undefined };
        const failed = await made()
          .fit(given, classes, { ...options, callbacks: [failing, backup()] })
          .then(
            () => 0,
            ({ message }) => (message === 'the machine is gone' ? 1 : 2),
          );
        const model = made();
        const { history } = await model.fit(given, classes, { ...options, callbacks: [backup()] });
        const whole = made();
        await whole.fit(given, classes, options);
        const far = valuesOf(whole).reduce((most, value, i) => Math.max(most, Math.abs(value - valuesOf(model)[i])), 0);
        report(`continued by ${name}`, { ...(await allSame(model)), failed, history, far });
      }
    },
    async several() {
      const input = new g.Input({ shape: [4], name: 'given' });
      const shared = dense(5, { kernelRegularizer: 'l2', name: 'shared' });
      const twice = shared.apply(dense(4, { name: 'first' }).apply(input));
      const again = shared.apply(dense(4, { name: 'second' }).apply(input));
      const kind = dense(3, { activation: 'softmax', name: 'kind' }).apply(twice);
      const size = dense(3, { name: 'size' }).apply(new g.Add().apply([twice, again]));
      const model = new g.Model({ inputs: input, outputs: [kind, size] });
      const compile = {
        optimizer: new g.Lion({ learningRate: 0.01 }),
        loss: { kind: 'categorical_crossentropy', size: 'huber' },
        lossWeights: { kind: 0.7, size: 2 },
        metrics: { kind: ['acc'], size: ['mae', 'r2_score'] },
      };
      const y = { kind: oneHot, size: spread };
      const sampleWeight = { kind: weights, size: weights.map((one) => 1 + one) };
      model.compile(compile);
      const { history } = await model.fit({ given }, y, { ...FIT, sampleWeight, validationData: [{ given }, y] });
      const evaluated = await model.evaluate({ given }, y, { distributed: dist, batchSize: 11 });
      report('shared layers, several outputs', { ...(await allSame(model)), history, evaluated });
      // Fine-tuning: a frozen body, nested, below a new head.
      const body = new g.Sequential([new g.Input({ shape: [4] }), dense(5), new g.BatchNormalization()]);
      const tuned = net(body, end());
      body.trainable = false;
      await train('a frozen body', tuned, classes, { fit: { epochs: 2 } });
      body.trainable = true;
      await train('thawed', tuned, classes, {
        fit: { epochs: 2 },
        compile: { ...classify, optimizer: new g.SGD({ learningRate: 0.05 }) },
      });
      const stats = net(dense(6), end());
      stats.compile(numbers);
      const looking = new g.LayerStatistics();
      await stats.fit(given, oneHot, { ...FIT, callbacks: [looking] });
      report('statistics', { ...(await allSame(stats)), layers: looking.layers });
    },
  };
}
