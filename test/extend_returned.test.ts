import * as gemsbok from 'gemsbok';
import { Dense, Input, type Layer, LearningRateSchedule, Sequential } from 'gemsbok';
import t from 'tap';
import { QUIET } from './models.cases';

const x = [
  [1, 2],
  [3, 4],
];
const y = [[1], [2]];

type Class = new (...args: unknown[]) => object;
type Methods = Readonly<Record<string, unknown>>;

/** An object of a user's class, written in JavaScript, where no compiler complains. */
function mine(base: unknown, methods: Methods): never {
  const Mine = class Mine extends (base as Class) {};
  Object.assign(Mine.prototype, methods);
  return new Mine() as never;
}

const model = (options: object, ...layers: readonly Layer[]): Sequential => {
  const made = new Sequential([new Input({ shape: [2] }), ...layers, new Dense({ units: 1 })]);
  made.compile({ loss: 'mse', optimizer: 'sgd', ...options });
  return made;
};
const fits = async (options: object, ...layers: readonly Layer[]): Promise<unknown> =>
  model(options, ...layers).fit(x, y, QUIET);
const dense = (options: object): Dense => new Dense({ units: 2, ...options });
const same = (input: unknown): unknown => input;
const nothing = (): void => {};

/** Each method that users write, by what it returns. */
const METHODS: Readonly<Record<string, (method: () => unknown) => Promise<unknown>>> = {
  'Initializer.compute': async (compute) =>
    dense({ kernelInitializer: mine(gemsbok.Initializer, { compute }) }).build([null, 2]),
  'Regularizer.compute': (compute) =>
    fits({}, dense({ kernelRegularizer: mine(gemsbok.Regularizer, { compute, gradient: same }) })),
  'Regularizer.gradient': (gradient) =>
    fits({}, dense({ kernelRegularizer: mine(gemsbok.Regularizer, { compute: () => 1, gradient }) })),
  'Constraint.apply': (apply) => fits({}, dense({ kernelConstraint: mine(gemsbok.Constraint, { apply }) })),
  'LearningRateSchedule.at': (at) =>
    fits({ optimizer: new gemsbok.SGD({ learningRate: mine(gemsbok.LearningRateSchedule, { at }) }) }),
  'Metric.updateState': (updateState) =>
    fits({ metrics: [mine(gemsbok.Metric, { updateState, result: () => 1, resetState: nothing })] }),
  'Metric.result': (result) =>
    fits({ metrics: [mine(gemsbok.Metric, { updateState: nothing, result, resetState: nothing })] }),
  'Metric.resetState': (resetState) =>
    fits({ metrics: [mine(gemsbok.Metric, { updateState: nothing, result: () => 1, resetState })] }),
  'a metric': (metric) => fits({ metrics: [() => metric()] }),
  'Loss.valueAndGradientOf': (valueAndGradientOf) => fits({ loss: mine(gemsbok.Loss, { valueAndGradientOf }) }),
  'a loss': (loss) => fits({ loss: () => loss() }),
  'Optimizer.updateStep': (updateStep) => fits({ optimizer: mine(gemsbok.Optimizer, { updateStep }) }),
  'Layer.forward': (forward) => fits({}, mine(gemsbok.Layer, { forward, backward: nothing })),
  'Layer.backward': (backward) => fits({}, dense({}), mine(gemsbok.Layer, { forward: same, backward })),
  'Layer.build': (build) =>
    fits({}, mine(gemsbok.Layer, { build, forward: same, backward: (_: unknown, input: unknown) => ({ input }) })),
  'Layer.computeOutputShape': (computeOutputShape) =>
    fits({}, mine(gemsbok.Layer, { computeOutputShape, forward: same })),
  'Layer.call': (call) => fits({}, mine(gemsbok.Layer, { call })),
  'Layer.getConfig': (getConfig) => model({}, mine(gemsbok.Layer, { getConfig, forward: same })).toBytes('keras'),
  'Initializer.getConfig': async (getConfig) =>
    model(
      {},
      dense({ kernelInitializer: mine(gemsbok.Initializer, { getConfig, compute: () => new Float32Array(4) }) }),
    ).toJSON(),
};
/** What they return is not read. */
const WITHOUT_RESULT = ['Metric.updateState', 'Metric.resetState', 'Optimizer.updateStep', 'Layer.build'];
const PROMISES: Readonly<Record<string, () => unknown>> = {
  'a promise': async () => 1,
  'a promise that never ends': () => new Promise(() => {}),
};
const OTHERS: Readonly<Record<string, () => unknown>> = { undefined: nothing, null: () => null, text: () => 'x' };

for (const [name, use] of Object.entries(METHODS)) {
  t.test(`${name}: what it returns is checked, what it throws arrives`, async (t) => {
    const wrong = { ...PROMISES, ...(WITHOUT_RESULT.includes(name) ? {} : OTHERS) };
    for (const [what, method] of Object.entries(wrong)) {
      await t.rejects(use(method), { code: /^ERR_(INVALID_ARG|SHAPE_MISMATCH|UNSUPPORTED)$/ }, what);
    }
    const thrown = new Error('from user code');
    const throws = (): never => {
      throw thrown;
    };
    await t.rejects(use(throws), { message: /from user code/ });
  });
}

t.test('a slow schedule leaves each turn of the event loop its time', async (t) => {
  let [calls, most] = [0, 0];
  class Slow extends LearningRateSchedule {
    override at(): number {
      most = Math.max(most, ++calls);
      for (const end = performance.now() + 2; performance.now() < end; );
      return 0.01;
    }
  }
  const fitted = (learningRate: number | LearningRateSchedule) => {
    const kernelInitializer = new gemsbok.GlorotUniform({ seed: 1 });
    const made = new Sequential([new Input({ shape: [2] }), new Dense({ units: 1, kernelInitializer })]);
    made.compile({ loss: 'mse', optimizer: new gemsbok.SGD({ learningRate }) });
    return made.fit(x, y, { ...QUIET, batchSize: 1, epochs: 20 });
  };
  const turn = setInterval(() => {
    calls = 0;
  }, 0);
  t.teardown(() => clearInterval(turn));
  const { history } = await fitted(new Slow());
  t.ok(most <= 4, `${most} calls in a turn`);
  const plain = await fitted(0.01);
  t.strictSame(history, plain.history, 'all epochs, with the same bits');
});
