import { spawnSync } from 'node:child_process';
import * as gemsbok from 'gemsbok';
import t from 'tap';

type Methods = Readonly<Record<string, unknown>>;
type Class = new (...args: never[]) => object;

/** A class of a user's, written in JavaScript, where no compiler complains. */
function extend(base: unknown, methods: Methods): Class {
  const Mine = class Mine extends (base as new (...args: unknown[]) => object) {};
  Object.assign(Mine.prototype, methods);
  return Mine as unknown as Class;
}
const make = (base: unknown, methods: Methods = {}, ...args: unknown[]): object =>
  new (extend(base, methods) as unknown as new (...given: unknown[]) => object)(...args);

const { Dense, Initializer, L2, Layer, LearningRateSchedule, MaxNorm, MeanSquaredError, Optimizer, Regularizer, SGD } =
  gemsbok;
const some = (): number => 0;

t.test('what training could not use is refused where it is made', async (t) => {
  const REFUSED: readonly (readonly [string, unknown, Methods, ...unknown[]])[] = [
    ['Regularizer', Regularizer, { compute: some, getConfig: some }],
    ['Regularizer', L2, { compute: some }],
    ['Regularizer', L2, { gradient: some }],
    ['Optimizer', Optimizer, {}, { learningRate: 1 }],
    ['Optimizer', SGD, { apply: some }],
    ['Loss', MeanSquaredError, { call: some }],
    ['Loss', MeanSquaredError, { valueAndGradientOf: some }],
    ['Layer', Layer, {}, {}],
    ['Layer', Layer, { computeOutputShape: some }],
    ['Layer', Dense, { call: some }, { units: 1 }],
    ['Layer', Dense, { forward: some }, { units: 1 }],
  ];
  for (const [base, type, methods, ...args] of REFUSED) {
    const message = new RegExp(`\`${base}\` is extended.*\`Mine\``);
    t.throws(
      () => make(type, methods, ...args),
      { code: 'ERR_UNSUPPORTED', message },
      `${base}: ${Object.keys(methods)}`,
    );
  }
  for (const method of ['updateState', 'result', 'resetState']) {
    const model = new gemsbok.Sequential([new gemsbok.Input({ shape: [1] }), new Dense({ units: 1 })]);
    const metric = make(gemsbok.metrics.MeanAbsoluteError, { [method]: some }) as gemsbok.Metric;
    t.throws(
      () => model.compile({ loss: 'mse', metrics: [metric] }),
      { code: 'ERR_UNSUPPORTED', message: /`Metric` is extended.*`Mine`.*training never calls/ },
      method,
    );
  }
  t.throws(() => make(LearningRateSchedule), { code: 'ERR_UNSUPPORTED', message: /`at`.*Mine/ });
});

t.test('what works, works', async (t) => {
  // As the class that they extend, with other names and defaults.
  for (const [type, ...args] of [[L2], [MaxNorm], [SGD], [Dense, { units: 1 }], [gemsbok.Ones]] as const) {
    t.ok(make(type, { describe: some }, ...args) instanceof type, type.name);
  }
  const half = { initialize: (shape: number[]) => gemsbok.tensor(new Float32Array(2).fill(0.5), { shape }) };
  const kernelInitializer = make(Initializer, half) as gemsbok.Initializer;
  const learningRate = make(LearningRateSchedule, { at: () => 0 }) as gemsbok.LearningRateSchedule;
  const model = new gemsbok.Sequential([new gemsbok.Input({ shape: [2] }), new Dense({ units: 1, kernelInitializer })]);
  model.compile({ optimizer: make(SGD, {}, { learningRate }) as gemsbok.Optimizer, loss: 'mse' });
  await model.fit([[1, 2]], [3], { verbose: 0 });
  t.strictSame((await model.predict([[1, 2]])).toArray(), [[1.5]], 'a rate of 0 leaves the weights of the initializer');
});

t.test('where Node loads no addons, the loader says which switch does it', async (t) => {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  for (const [flags, fix] of [
    [['--no-addons'], /`--no-addons` is set/],
    [[permission, '--allow-fs-read=*'], /permission model.*`--allow-addons`/],
  ] as const) {
    const program = "try { require('gemsbok') } catch (error) { console.log(error.name, error.code, error.message) }";
    // A test runner's own options would want more permissions.
    const shell = ['-c', 'unset NODE_OPTIONS; exec "$0" "$@"', process.execPath, ...flags, '-e', program];
    const { stdout } = spawnSync('/bin/sh', shell, { encoding: 'utf8' });
    t.match(stdout, /^GemsbokError ERR_UNSUPPORTED/, flags.join(' '));
    t.match(stdout, fix, flags.join(' '));
  }
});
