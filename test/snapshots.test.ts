import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type Model, SwapEMAWeights, type Tensor } from 'gemsbok';
import t from 'tap';
import { countingModel, ENDLESS, ones, onlyNumber } from './scheduler.cases';

const ROWS = 20_000;
const many = { data: new Float32Array(ROWS).fill(1), shape: [ROWS, 1] };

/** Calls `read` again and again while the model trains. */
async function whileTraining(model: Model, times: number, read: (time: number) => unknown): Promise<void> {
  const controller = new AbortController();
  const running = model.fit(ones.x, ones.y, { ...ENDLESS, signal: controller.signal }).catch(() => {});
  while (model.iterations < 10) await turn();
  for (let time = 0; time < times; time++) {
    await read(time);
    await turn();
  }
  controller.abort();
  await running;
}

/** The optimizer's count, and the means; after the learning rate. */
function remembered(model: Model): { readonly iterations: number; readonly means: number } {
  const [iterations, , ...state] = model.optimizer?.getWeights() ?? [];
  return { iterations: Number(iterations?.data[0]), means: onlyNumber(state as Tensor<Float32Array>[]) };
}

const asOne = (outputs: Tensor<Float32Array> | Tensor<Float32Array>[]): number => onlyNumber([outputs].flat());

t.test('each step adds 1 to every weight', async (t) => {
  const model = countingModel();
  await model.fit(ones.x, ones.y, { epochs: 7, verbose: 0 });
  t.equal(onlyNumber(model.getWeights()), 7);
  t.strictSame(remembered(model), { iterations: 7, means: 7 });
});

t.test('who reads during fit sees one step', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'snapshots-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  t.test('weights', async (t) => {
    const model = countingModel();
    const seen = new Set<number>();
    await whileTraining(model, 50, async (time) => {
      const weights = onlyNumber(model.getWeights());
      seen.add(weights);
      // However busy the machine is, a later read is of another step.
      if (time === 0) while (model.iterations <= weights) await turn();
    });
    t.notOk(seen.has(Number.NaN));
    t.ok(seen.size > 1, 'and it goes on');
  });
  t.test('weights of a layer', async (t) => {
    const model = countingModel();
    await whileTraining(model, 50, () => {
      const layer = model.layers.find(({ variables }) => variables.length === 2);
      t.not(onlyNumber(layer?.getWeights() ?? []), Number.NaN);
    });
  });
  t.test('what the optimizer remembers', async (t) => {
    const model = countingModel();
    await whileTraining(model, 50, () => {
      const { iterations, means } = remembered(model);
      t.equal(means, iterations);
    });
  });
  for (const ending of ['.keras', '.h5', '.weights.h5']) {
    t.test(`a file ${ending}`, async (t) => {
      const model = countingModel();
      const path = join(folder, `model${ending}`);
      await whileTraining(model, 2, async () => {
        await (ending === '.weights.h5' ? model.saveWeights(path) : model.save(path));
        const other = countingModel();
        await other.loadWeights(path);
        const weights = onlyNumber(other.getWeights());
        t.ok(weights > 0);
        t.strictSame(remembered(other), { iterations: weights, means: weights });
      });
    });
  }
  t.test('predictions, evaluations', async (t) => {
    const model = countingModel();
    await whileTraining(model, 3, async () => {
      const outputs = await model.predict(many);
      t.not(asOne(outputs), Number.NaN, 'predict');
      const inParts = await model.predict(many, { batchSize: 500, callbacks: { onPredictBatchEnd: () => {} } });
      t.not(asOne(inParts), Number.NaN, 'predict with hooks');
      t.not(asOne(model.predictSync(many)), Number.NaN, 'predictSync');
      // Of targets that are all alike, too: half of a version's loss would be no whole number.
      const rows = 4096;
      const x = { data: new Float32Array(rows).fill(1), shape: [rows, 1] };
      const y = { data: new Float32Array(rows * 128), shape: [rows, 128] };
      for (const callbacks of [[], [{ onTestBatchEnd: () => {} }]]) {
        const { loss = Number.NaN } = await model.evaluate(x, y, { batchSize: 256, callbacks });
        t.equal(loss % 2, 0, 'evaluate');
      }
    });
  });
});

t.test('who predicts while weights are written sees one model', async (t) => {
  const model = countingModel();
  await model.fit(ones.x, ones.y, { epochs: 1, verbose: 0 });
  const weights = model.getWeights().map(({ data, shape }) => ({ data, shape }));
  const write = (value: number): void => {
    for (const { data } of weights) data.fill(value);
    model.setWeights(weights);
  };
  const seen = new Set<number>();
  for (let round = 0; round < 5; round++) {
    write(round);
    let ended = false;
    const predictions = Promise.all(Array.from({ length: 3 }, () => model.predict(many))).finally(() => {
      ended = true;
    });
    for (let value = 100; !ended; value++) {
      write(value);
      await turn();
    }
    for (const outputs of await predictions) seen.add(asOne(outputs));
  }
  t.notOk(seen.has(Number.NaN));
});

t.test('predictions with the means', async (t) => {
  const model = countingModel();
  await model.fit(ones.x, ones.y, { epochs: 3, verbose: 0 });
  for (const variable of model.layers.flatMap(({ variables }) => variables)) {
    variable.assign({ data: new Float32Array(variable.size).fill(50), shape: variable.shape });
  }
  const x = { data: new Float32Array(64).fill(1), shape: [64, 1] };
  const y = { data: new Float32Array(64 * 128), shape: [64, 128] };
  const withMeans = Array.from({ length: 4 }, () =>
    model.predict(x, { batchSize: 4, callbacks: new SwapEMAWeights() }),
  );
  const without = Array.from({ length: 4 }, () => model.predict(x, { batchSize: 4, callbacks: { onPredictEnd() {} } }));
  const losses = Array.from({ length: 4 }, () => model.evaluate(x, y, { callbacks: new SwapEMAWeights() }));
  t.strictSame((await Promise.all(withMeans)).map(asOne), [6, 6, 6, 6], 'several at once');
  t.strictSame((await Promise.all(without)).map(asOne), [100, 100, 100, 100], 'beside others');
  t.strictSame(
    (await Promise.all(losses)).map(({ loss }) => loss),
    [6, 6, 6, 6],
    'and evaluations',
  );
  t.equal(onlyNumber(model.getWeights()), 50, 'the weights stay where they are');
});
