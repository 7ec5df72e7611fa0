import { Callback, type CallbackLogs, Dense, type FitOptions, Input, Sequential, SGD } from 'gemsbok';
import t from 'tap';
import { warned } from './helpers/warnings';
import { bits, classifier, INPUTS, oneHot, QUIET, ROWS, x, y } from './models.cases';

const rows = (from: number, to: number): { data: Float32Array; shape: number[] } => ({
  data: x.data.slice(from * INPUTS, to * INPUTS),
  shape: [to - from, INPUTS],
});

/** A model whose loss on a batch tells which rows it had: it does not learn. */
function recorder(): Sequential {
  const model = new Sequential([new Input({ shape: [1] }), new Dense({ units: 1, useBias: false })]);
  model.setWeights([[[1]]]);
  model.compile({ optimizer: new SGD({ learningRate: 0 }), loss: 'mae' });
  return model;
}

/** Rows 1, 2, ... whose targets are 0: the loss of an epoch is the mean of its rows. */
const counted = (count: number): Float32Array => Float32Array.from({ length: count }, (_, row) => row + 1);

async function losses(count: number, options: FitOptions): Promise<number[]> {
  const { history } = await recorder().fit(counted(count), new Float32Array(count), { verbose: 0, ...options });
  return history.loss?.map(Math.fround) ?? [];
}

t.test('stepsPerEpoch', async (t) => {
  t.test('the next epoch continues after the last, and ends where the data does', async (t) => {
    // Ten rows in batches 1-4, 5-8 and 9-10.
    const steps = { batchSize: 4, shuffle: false, epochs: 5 };
    t.strictSame(await losses(10, { ...steps, stepsPerEpoch: 1 }), [2.5, 6.5, 9.5, 2.5, 6.5]);
    t.strictSame(await losses(10, { ...steps, stepsPerEpoch: 2 }), [4.5, 9.5, 4.5, 9.5, 4.5]);
    t.strictSame(await losses(10, { ...steps, stepsPerEpoch: 3 }), [5.5, 5.5, 5.5, 5.5, 5.5]);
    t.strictSame(await losses(10, { ...steps, stepsPerEpoch: 9 }), [5.5, 5.5, 5.5, 5.5, 5.5]);
  });
  t.test('another run begins with the first row', async (t) => {
    const steps = { batchSize: 4, shuffle: false, stepsPerEpoch: 2 };
    t.strictSame(await losses(10, { ...steps, initialEpoch: 1, epochs: 3 }), [4.5, 9.5]);
  });
  t.test('without a batch size it tells one', async (t) => {
    t.strictSame(await losses(10, { stepsPerEpoch: 5, shuffle: false }), [5.5]);
    const model = recorder();
    await model.fit(counted(10), new Float32Array(10), { stepsPerEpoch: 3, verbose: 0 });
    t.equal(model.iterations, 3);
  });
  t.test('a pass takes every row once', async (t) => {
    const seen = await losses(12, { batchSize: 2, stepsPerEpoch: 2, epochs: 6, seed: 1 });
    const sum = (from: number): number => seen.slice(from, from + 3).reduce((total, loss) => total + 4 * loss, 0);
    t.strictSame([sum(0), sum(3)], [78, 78]);
    t.notSame(seen.slice(0, 3), seen.slice(3), 'each pass in an order of its own');
  });
  t.test('the same bits for every way of listening', async (t) => {
    const steps = { ...QUIET, stepsPerEpoch: 3, epochs: 7 };
    const train = async (options: FitOptions): Promise<unknown> => {
      const model = classifier();
      const { history } = await model.fit(x, y, { ...steps, ...options });
      return [bits(model), history.loss, model.iterations];
    };
    const wanted = await train({});
    t.strictSame(await train({ callbacks: [{ onEpochEnd: () => {} }] }), wanted);
    t.strictSame(await train({ callbacks: [{ onTrainBatchEnd: () => {} }] }), wanted);
    const parts = classifier();
    const split: number[] = [];
    for (const [initialEpoch, epochs] of [
      [0, 3],
      [3, 6],
      [6, 7],
    ] as const) {
      const { history } = await parts.fit(x, y, { ...steps, initialEpoch, epochs });
      split.push(...(history.loss ?? []));
    }
    t.strictSame([bits(parts), split, parts.iterations], wanted, 'a fit for each pass');
  });
  t.test('warns where epochs are shorter than said', async (t) => {
    const short = ['GEMSBOK_SHORT_EPOCH'];
    t.strictSame(await warned(() => losses(10, { batchSize: 4, stepsPerEpoch: 2 })), short);
    t.strictSame(await warned(() => losses(10, { batchSize: 4, stepsPerEpoch: 4 })), short);
    t.strictSame(await warned(() => losses(12, { batchSize: 4, stepsPerEpoch: 1 })), []);
    t.strictSame(await warned(() => losses(10, { batchSize: 4, stepsPerEpoch: 3 })), []);
  });
  t.test('callbacks are told of it', async (t) => {
    const batches: number[] = [];
    const onTrainBatchEnd = (batch: number): void => void batches.push(batch);
    const steps = { ...QUIET, batchSize: 20, stepsPerEpoch: 2, epochs: 2 };
    const { params } = await classifier().fit(x, y, { ...steps, callbacks: [{ onTrainBatchEnd }] });
    t.equal(params?.steps, 2);
    t.strictSame(batches, [0, 1, 0]);
  });
});

t.test('validation', async (t) => {
  const validated = async (options: FitOptions): Promise<number[]> => {
    const { history } = await recorder().fit([[1]], [0], { verbose: 0, ...options });
    return history.val_loss?.map(Math.fround) ?? [];
  };
  const data = [counted(10), new Float32Array(10)] as const;
  t.test('after some epochs', async (t) => {
    const epochs = async (validationFreq: number | number[]): Promise<number[]> => {
      const seen: number[] = [];
      class Watch extends Callback {
        override onEpochEnd(epoch: number, logs: CallbackLogs): void {
          if (logs.val_loss !== undefined) seen.push(epoch);
        }
      }
      await validated({ validationData: data, validationFreq, epochs: 7, callbacks: [new Watch()] });
      return seen;
    };
    t.strictSame(await epochs(1), [0, 1, 2, 3, 4, 5, 6]);
    t.strictSame(await epochs(3), [2, 5]);
    t.strictSame(await epochs([1, 2, 7, 9]), [0, 1, 6], 'counted from 1');
    t.strictSame(await epochs([]), []);
  });
  t.test('with so many steps, always from the first row', async (t) => {
    const steps = { validationData: data, epochs: 2, validationSteps: 2 };
    t.strictSame(await validated({ ...steps, validationBatchSize: 3 }), [3.5, 3.5]);
    t.strictSame(await validated({ ...steps, batchSize: 4 }), [4.5, 4.5]);
    t.strictSame(await validated(steps), [5.5, 5.5]);
    const codes = await warned(() => validated({ ...steps, validationBatchSize: 9, validationSteps: 3 }));
    t.strictSame(codes, ['GEMSBOK_SHORT_EPOCH']);
  });
  t.test('with weights', async (t) => {
    const weights = Float32Array.from({ length: 10 }, (_, row) => (row === 9 ? 1 : 0));
    t.strictSame(await validated({ validationData: [...data, weights] }), [1]);
    t.strictSame(await validated({ validationData: { x: data[0], y: data[1], sampleWeight: weights } }), [1]);
  });
  t.test('the last samples as they come, without weights of classes', async (t) => {
    const split = async (options: FitOptions): Promise<Record<string, number[]>> => {
      const model = classifier();
      model.compile({ optimizer: new SGD({ learningRate: 0 }), loss: 'sparse_categorical_crossentropy' });
      return (await model.fit(x, y, { ...QUIET, epochs: 1, ...options })).history;
    };
    const part = await split({ validationSplit: 0.4 });
    const [train, last] = [rows(0, 30), rows(30, ROWS)];
    const model = classifier();
    const near = (found: number | undefined, wanted: number | undefined): boolean =>
      Math.abs((found ?? Number.NaN) - (wanted ?? Number.NaN)) < 1e-6;
    t.ok(near(part.loss?.[0], (await model.evaluate(train, y.slice(0, 30))).loss));
    t.ok(near(part.val_loss?.[0], (await model.evaluate(last, y.slice(30))).loss));
    const weighted = await split({ validationSplit: 0.4, classWeight: { 0: 3, 1: 0.5 } });
    t.ok(near(weighted.val_loss?.[0], part.val_loss?.[0]));
    t.notOk(near(weighted.loss?.[0], part.loss?.[0]));
    const sampleWeight = Float32Array.from(y, (_, row) => 1 + (row % 2));
    const own = await split({ validationSplit: 0.4, sampleWeight });
    const wanted = await model.evaluate(last, y.slice(30), { sampleWeight: sampleWeight.slice(30) });
    t.ok(near(own.val_loss?.[0], wanted.loss), 'weights of samples stay with them');
  });
  t.test('data goes before a split', async (t) => {
    const { history, params } = await recorder().fit(counted(10), new Float32Array(10), {
      verbose: 0,
      batchSize: 1,
      validationSplit: 0.5,
      validationData: [[[7]], [0]],
    });
    t.strictSame([history.val_loss, params?.steps], [[7], 10]);
  });
});

t.test('weights of classes', async (t) => {
  const train = async (options: FitOptions, dense = false): Promise<number[]> => {
    const model = classifier();
    model.compile({ loss: dense ? 'categorical_crossentropy' : 'sparse_categorical_crossentropy' });
    await model.fit(x, dense ? oneHot : y, { ...QUIET, ...options });
    return bits(model);
  };
  const classWeight = { 0: 2, 2: 0.25 };
  const sampleWeight = Float32Array.from(y, (label) => [2, 1, 0.25][label] ?? Number.NaN);
  const wanted = await train({ sampleWeight });
  t.strictSame(await train({ classWeight }), wanted);
  t.strictSame(await train({ classWeight: new Map([[0, 2] as const, [2, 0.25] as const]) }), wanted);
  t.strictSame(await train({ classWeight }, true), await train({ sampleWeight }, true), 'the largest column counts');
  t.notSame(await train({}), wanted);
});

t.test('evaluate and predict with so many steps', async (t) => {
  const model = recorder();
  const data = [counted(10), new Float32Array(10)] as const;
  t.strictSame(await model.evaluate(...data, { batchSize: 4, steps: 2 }), { loss: 4.5 });
  t.equal(Math.fround((await model.evaluate(...data, { steps: 5 })).loss ?? 0), 5.5);
  t.strictSame((await model.predict(data[0], { batchSize: 3, steps: 2 })).toArray(), [[1], [2], [3], [4], [5], [6]]);
  const batches: number[] = [];
  const callbacks = { onPredictBatchEnd: (batch: number) => void batches.push(batch) };
  t.equal((await model.predict(data[0], { batchSize: 3, steps: 2, callbacks })).shape[0], 6);
  t.equal((await model.predict(data[0], { steps: 5, callbacks })).shape[0], 10);
  t.strictSame(batches, [0, 1, 0, 1, 2, 3, 4]);
  const codes = await warned(() => model.predict(data[0], { batchSize: 5, steps: 3 }));
  t.strictSame(codes, ['GEMSBOK_SHORT_EPOCH']);
});
