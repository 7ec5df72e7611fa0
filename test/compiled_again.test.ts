import { type CallbackLogs, Dense, dataset, Input, type losses, Sequential, setRandomSeed, type Tensor } from 'gemsbok';
import t from 'tap';

const X = Array.from({ length: 8 }, (_, i) => [i / 8, 1, -1]);
const Y = Array.from({ length: 8 }, (_, i) => [10 + i, 3]);
const CLASSES = [0, 1, 0, 1, 0, 1, 0, 1];
/** So many numbers are read over several turns of the event loop, before anything is compiled for them. */
const TIMES = 4000;
const repeated = (rows: readonly number[][]): number[][] => Array.from({ length: TIMES }, () => rows).flat();

const squares: losses.CustomLossFunction = (yTrue, yPred) => {
  const errors = yPred.data.map((value, i) => value - (yTrue.data[i] ?? 0));
  const value = errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length;
  return { value, gradient: { data: errors.map((error) => (2 * error) / errors.length), shape: yPred.shape } };
};

async function* slowly() {
  for (const [i, x] of X.entries()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield { x, y: Y[i] };
  }
}

/** What began before the model was compiled again. */
const BEGUN: Readonly<Record<string, (model: Sequential) => Promise<CallbackLogs>>> = {
  evaluate: (model) => model.evaluate(X, Y),
  'evaluate in turns': (model) => model.evaluate(repeated(X), repeated(Y)),
  'evaluate a stream': (model) => model.evaluate(dataset(slowly), { batchSize: 1 }),
  'evaluate with callbacks': (model) => model.evaluate(X, Y, { callbacks: { onTestBatchEnd() {} } }),
  testOnBatch: (model) => model.testOnBatch(X, Y),
  'testOnBatch in turns': (model) => model.testOnBatch(repeated(X), repeated(Y)),
};

const FIRST = { mse: 'mse', 'a loss of its own': squares } as const;

/** What it is compiled for then, and done with at once. */
const THEN: Readonly<Record<string, (model: Sequential) => Promise<unknown>>> = {
  mae: (model) => compiled(model, 'mae').testOnBatch(X, Y),
  'other targets': (model) => compiled(model, 'sparse_categorical_crossentropy').testOnBatch(X, CLASSES),
  'a loss of its own': (model) => compiled(model, squares).testOnBatch(X, Y),
  fit: (model) => compiled(model, 'mae').fit(X, Y, { epochs: 200, verbose: 0 }),
  nothing: async (model) => compiled(model, 'mae'),
};

function compiled(
  model: Sequential,
  loss: 'mse' | 'mae' | 'sparse_categorical_crossentropy' | losses.CustomLossFunction,
): Sequential {
  model.compile({ loss, advice: false });
  return model;
}

function lossesOf(model: Sequential): { readonly mse: number; readonly mae: number } {
  const errors = model.predictSync(X).data.map((value, i) => value - (Y.flat()[i] ?? 0));
  const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mse: mean(errors.map((error) => error ** 2)), mae: mean(errors.map(Math.abs)) };
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) < 1e-4 * Math.abs(b);

// A call answers with the loss that it began with, or says that the model was compiled again; the later `compile` has its way.
for (const [first, loss] of Object.entries(FIRST)) {
  for (const [call, begin] of Object.entries(BEGUN)) {
    for (const [then, go] of Object.entries(THEN)) {
      for (const wasUsed of [true, false]) {
        t.test(`${call} with ${first}, then ${then}${wasUsed ? '' : ', of a new model'}`, async (t) => {
          setRandomSeed(7);
          const model = new Sequential([new Input({ shape: [3] }), new Dense({ units: 2, activation: 'softmax' })]);
          compiled(model, loss);
          if (wasUsed) await model.evaluate(X, Y);
          const { mse } = lossesOf(model);
          const begun = begin(model).then(
            (logs) => t.ok(isNear(logs.loss as number, mse), `${logs.loss} is the first loss, ${mse}`),
            (error) => t.equal(error.code, 'ERR_MODEL_BUSY', error.message),
          );
          await Promise.all([begun, go(model)]);
          const { mae } = lossesOf(model);
          if (then === 'mae' || then === 'fit' || then === 'nothing') {
            const after = (await model.testOnBatch(X, Y)).loss as number;
            t.ok(isNear(after, mae), `${after} is the last loss, ${mae}`);
          }
        });
      }
    }
  }
}

async function* slowSamples() {
  for await (const { x } of slowly()) yield { x };
}

/** Predictions in several parts. */
const PREDICTIONS: Readonly<Record<string, (model: Sequential) => Promise<Tensor>>> = {
  'of a stream': (model) => model.predict(dataset(slowSamples), { batchSize: 1 }),
  'with callbacks': (model) => model.predict(X, { batchSize: 2, callbacks: { onPredictBatchEnd() {} } }),
};

const CHANGES: Readonly<Record<string, (model: Sequential) => unknown>> = {
  add: (model) => model.add(new Dense({ units: 2, name: 'more' })),
  pop: (model) => model.pop(),
  'pop, add and predict': (model) => {
    model.pop();
    model.add(new Dense({ units: 2, kernelInitializer: 'zeros', name: 'other' }));
    return model.predictSync(X);
  },
};

for (const [what, begin] of Object.entries(PREDICTIONS)) {
  for (const [change, go] of Object.entries(CHANGES)) {
    t.test(`a prediction ${what} is that of one model, or says that its layers changed: ${change}`, async (t) => {
      const model = new Sequential([new Input({ shape: [3] }), new Dense({ units: 2 })]);
      const before = model.predictSync(X).toArray();
      const begun = begin(model).then(
        (output) => t.strictSame(output.toArray(), before),
        (error) => t.equal(error.code, 'ERR_MODEL_BUSY', error.message),
      );
      go(model);
      await begun;
      t.equal(model.predictSync(X).shape[0], X.length);
    });
  }
}
