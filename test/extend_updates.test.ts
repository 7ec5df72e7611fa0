import {
  Adam,
  Constraint,
  Dense,
  GlorotUniform,
  Initializer,
  Input,
  L2,
  LearningRateSchedule,
  MaxNorm,
  Optimizer,
  Regularizer,
  Sequential,
  SGD,
  type Tensor,
  tensor,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { near } from './helpers/near';
import { bits, CLASSES, INPUTS, QUIET, x, y } from './models.cases';

type Floats = Tensor<Float32Array>;
type Options = ConstructorParameters<typeof SGD>[0];
type Slots = Record<string, Float32Array>;

/** Twins of classes of the library, as a user would write them. */
class OwnSGD extends Optimizer {
  readonly momentum: number;
  constructor({ momentum = 0, ...options }: Options = {}) {
    super({ learningRate: 0.01, ...options });
    this.momentum = momentum;
  }
  override updateStep(
    g: Float32Array,
    w: Float32Array,
    slots: Slots,
    { learningRate }: { learningRate: number },
  ): void {
    slots.m ??= new Float32Array(w.length);
    const { m } = slots;
    for (let i = 0; i < w.length; i++) {
      m[i] = this.momentum * (m[i] as number) - learningRate * (g[i] as number);
      w[i] = (w[i] as number) + (m[i] as number);
    }
  }
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), momentum: this.momentum };
  }
}

class OwnAdam extends Optimizer {
  override updateStep(
    g: Float32Array,
    w: Float32Array,
    slots: Slots,
    { learningRate, iterations }: { learningRate: number; iterations: number },
  ): void {
    slots.m ??= new Float32Array(w.length);
    slots.v ??= new Float32Array(w.length);
    const { m, v } = slots;
    const step = iterations + 1;
    const alpha = (learningRate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
    for (let i = 0; i < w.length; i++) {
      m[i] = (m[i] as number) + ((g[i] as number) - (m[i] as number)) * (1 - 0.9);
      v[i] = (v[i] as number) + ((g[i] as number) ** 2 - (v[i] as number)) * (1 - 0.999);
      w[i] = (w[i] as number) - ((m[i] as number) * alpha) / (Math.sqrt(v[i] as number) + 1e-7);
    }
  }
}

class OwnL2 extends Regularizer {
  override compute(w: Floats): number {
    return 0.01 * w.data.reduce((sum, value) => sum + value * value, 0);
  }
  override gradient(w: Floats): Tensor {
    return tensor(
      w.data.map((value) => 0.02 * value),
      { shape: [...w.shape] },
    );
  }
}

class OwnMaxNorm extends Constraint {
  override apply(w: Floats): Tensor {
    const [rows = 1, columns = 1] = w.shape;
    const data = w.data.slice();
    for (let c = 0; c < columns; c++) {
      let squares = 0;
      for (let r = 0; r < rows; r++) squares += (data[r * columns + c] as number) ** 2;
      const norm = Math.sqrt(squares);
      const factor = Math.min(norm, 0.8) / (1e-7 + norm);
      for (let r = 0; r < rows; r++) data[r * columns + c] = (data[r * columns + c] as number) * factor;
    }
    return tensor(data, { shape: [rows, columns] });
  }
}

class OwnGlorot extends Initializer {
  override compute(shape: readonly number[]): Tensor {
    return new GlorotUniform({ seed: 1 }).initialize([...shape]);
  }
}

class OwnDecay extends LearningRateSchedule {
  at(step: number): number {
    return 0.1 / (1 + step);
  }
}

interface Rules {
  readonly optimizer: Optimizer;
  readonly regularizer?: Regularizer;
  readonly constraint?: Constraint;
  readonly initializer?: Initializer;
}

function model({ optimizer, regularizer, constraint, initializer }: Rules): Sequential {
  const made = new Sequential([
    new Input({ shape: [INPUTS] }),
    new Dense({
      units: 16,
      activation: 'tanh',
      kernelInitializer: initializer ?? new GlorotUniform({ seed: 1 }),
      kernelRegularizer: regularizer,
      kernelConstraint: constraint,
    }),
    new Dense({ units: CLASSES, activation: 'softmax', kernelInitializer: new GlorotUniform({ seed: 2 }) }),
  ]);
  made.compile({ optimizer, loss: 'sparse_categorical_crossentropy', metrics: ['acc'] });
  return made;
}

/** Trains, evaluates and asks for gradients, by both. */
async function same(t: Test, own: () => Rules, library: () => Rules, what: string, fit: object = {}): Promise<void> {
  const [a, b] = [model(own()), model(library())];
  const options = { ...QUIET, validationSplit: 0.2, ...fit };
  const [one, two] = [await a.fit(x, y, options), await b.fit(x, y, options)];
  for (const key of ['loss', 'val_loss']) {
    for (const [i, value] of (two.history[key] ?? []).entries()) {
      near(t, one.history[key]?.[i] ?? Number.NaN, value, 1e-5, `${what}: ${key}`);
    }
  }
  for (const [i, weight] of a.getWeights().entries())
    near(t, weight, b.getWeights()[i] as Floats, 1e-5, `${what}: weights`);
  const [p, q] = [a.lossAndGradients(x, y), b.lossAndGradients(x, y)];
  near(t, p.loss, q.loss, 1e-5, `${what}: loss`);
  for (const [i, g] of p.gradients.entries()) near(t, g, q.gradients[i] as Floats, 1e-5, `${what}: gradients`);
  near(t, (await a.evaluate(x, y)).loss ?? 0, (await b.evaluate(x, y)).loss ?? 1, 1e-5, `${what}: evaluate`);
  near(t, (await a.trainOnBatch(x, y)).loss ?? 0, (await b.trainOnBatch(x, y)).loss ?? 1, 1e-5, `${what}: a batch`);
  t.equal(a.iterations, b.iterations, `${what}: iterations`);
}

const OPTIONS: Readonly<Record<string, object>> = {
  plain: {},
  'a schedule': { learningRate: new OwnDecay() },
  'weight decay': { weightDecay: 0.1 },
  clipnorm: { clipnorm: 0.05 },
  globalClipnorm: { globalClipnorm: 0.05 },
  clipvalue: { clipvalue: 0.01 },
  accumulation: { gradientAccumulationSteps: 3 },
  'a factor of the loss': { lossScaleFactor: 128 },
  means: { useEma: true, emaMomentum: 0.9 },
  'means at times': { useEma: true, emaMomentum: 0.9, emaOverwriteFrequency: 2 },
};

t.test('optimizers train as those of the library', async (t) => {
  for (const [what, options] of Object.entries(OPTIONS)) {
    const sgd = (): Rules => ({ optimizer: new OwnSGD({ momentum: 0.9, ...options }) });
    await same(t, sgd, () => ({ optimizer: new SGD({ momentum: 0.9, ...options }) }), `SGD, ${what}`);
    await same(
      t,
      () => ({ optimizer: new OwnAdam(options) }),
      () => ({ optimizer: new Adam(options) }),
      `Adam, ${what}`,
    );
  }
});

t.test('regularizers, constraints and initializers', async (t) => {
  const own = { regularizer: new OwnL2(), constraint: new OwnMaxNorm(), initializer: new OwnGlorot() };
  const library = {
    regularizer: new L2({ l2: 0.01 }),
    constraint: new MaxNorm({ maxValue: 0.8 }),
    initializer: new GlorotUniform({ seed: 1 }),
  };
  for (const name of ['regularizer', 'constraint', 'initializer'] as const) {
    for (const options of [{}, OPTIONS.accumulation, OPTIONS['a factor of the loss'], OPTIONS['means at times']]) {
      const one = (): Rules => ({ optimizer: new Adam(options), [name]: own[name] });
      const two = (): Rules => ({ optimizer: new Adam(options), [name]: library[name] });
      await same(t, one, two, `${name} ${JSON.stringify(options)}`);
    }
  }
  const all = (): Rules => ({ optimizer: new OwnSGD({ useEma: true }), ...own });
  await same(t, all, () => ({ optimizer: new SGD({ useEma: true }), ...library }), 'all of them');
});

t.test('the same bits however steps are asked for', async (t) => {
  const rules = (): Rules => ({ optimizer: new OwnAdam(), regularizer: new OwnL2(), constraint: new OwnMaxNorm() });
  const wanted = model(rules());
  await wanted.fit(x, y, QUIET);
  const heard = model(rules());
  await heard.fit(x, y, { ...QUIET, callbacks: [{ onTrainBatchEnd: () => {} }] });
  t.strictSame(bits(heard), bits(wanted), 'batch by batch');
  const parts = model(rules());
  for (let initialEpoch = 0; initialEpoch < QUIET.epochs; initialEpoch++) {
    await parts.fit(x, y, { ...QUIET, initialEpoch, epochs: initialEpoch + 1 });
  }
  t.strictSame(bits(parts), bits(wanted), 'one fit an epoch');
});

t.test('a loop of the caller', (t) => {
  const options = { momentum: 0.9, clipnorm: 0.3, weightDecay: 0.01, gradientAccumulationSteps: 2, useEma: true };
  for (const Type of [Float32Array, Float64Array]) {
    const [own, library] = [new OwnSGD(options), new SGD(options)];
    const [a, b] = [Type.of(1, -2, 3), Type.of(1, -2, 3)];
    for (let step = 0; step < 5; step++) {
      const gradient = Type.of(step, 1, -0.5);
      own.apply([gradient], [a]);
      library.apply([gradient], [b]);
      near(t, { data: a, shape: [3] }, { data: b, shape: [3] }, 1e-6, `step ${step}`);
    }
    t.equal(own.iterations, library.iterations);
    own.finalizeVariableValues([a]);
    library.finalizeVariableValues([b]);
    near(t, { data: a, shape: [3] }, { data: b, shape: [3] }, 1e-6, 'means');
    const weights = own.getWeights();
    t.equal(weights.length, library.getWeights().length, 'iterations, rate, mean, sum, momentum');
    own.setWeights(weights);
    t.strictSame(own.getWeights(), weights);
  }
  t.end();
});

t.test('what is wrong is said with class and method, and changes nothing', async (t) => {
  const bad = (): never => {
    throw new Error('from user code');
  };
  const make = (Base: unknown, methods: object): never => {
    class Mine extends (Base as new () => object) {}
    Object.assign(Mine.prototype, methods);
    return new Mine() as never;
  };
  const one = (w: Floats): number[] => [...w.data];
  const WRONG: readonly (readonly [string, (methods: object) => Partial<Rules>, string, unknown, object])[] = [];
  const rows = WRONG as unknown[];
  const add = (
    kind: string,
    Base: unknown,
    rest: object,
    method: string,
    result: () => unknown,
    wanted: object,
  ): void => {
    rows.push([kind, Base, { ...rest, [method]: result }, method, wanted]);
  };
  const promise = { code: 'ERR_INVALID_ARG', message: /Promise/ };
  const nan = { code: 'ERR_NOT_FINITE' };
  const shape = { code: 'ERR_SHAPE_MISMATCH' };
  const error = { message: 'from user code', stack: /bad/ };
  for (const [kind, Base, rest, method] of [
    ['regularizer', Regularizer, { gradient: one }, 'compute'],
    ['regularizer', Regularizer, { compute: () => 0 }, 'gradient'],
    ['constraint', Constraint, {}, 'apply'],
    ['optimizer', Optimizer, {}, 'updateStep'],
    ['optimizer', SGD, {}, 'updateStep'],
  ] as const) {
    add(kind, Base, rest, method, async () => 1, promise);
    add(kind, Base, rest, method, bad, error);
    add(kind, Base, rest, method, () => 'text', { code: 'ERR_INVALID_ARG' });
  }
  add('regularizer', Regularizer, { gradient: one }, 'compute', () => Number.NaN, nan);
  add('regularizer', Regularizer, { compute: () => 0 }, 'gradient', () => [1, 2], shape);
  add('constraint', Constraint, {}, 'apply', () => [1, 2], shape);
  add('constraint', Constraint, {}, 'apply', ((w: Floats) => w.data.fill(Number.NaN)) as never, nan);
  add(
    'optimizer',
    Optimizer,
    {},
    'updateStep',
    ((_: Floats, w: Float32Array) => void w.fill(Number.NaN)) as never,
    nan,
  );
  for (const [kind, Base, methods, method, wanted] of rows as [
    string,
    unknown,
    object,
    string,
    { message: string } | { code: string; message?: RegExp },
  ][]) {
    const made = model({ optimizer: new SGD(), [kind]: make(Base, methods) });
    const before = bits(made);
    const named =
      'code' in wanted && wanted.message === undefined ? { ...wanted, message: new RegExp(`Mine.${method}`) } : wanted;
    await t.rejects(made.fit(x, y, QUIET), named, `${kind}: ${method}`);
    t.strictSame(bits(made), before, 'no step was done');
    t.equal(made.iterations, 0);
    await made.predict(x);
    made.compile({ loss: 'sparse_categorical_crossentropy' });
  }
  t.throws(() => make(Regularizer, { compute: one }), { code: 'ERR_UNSUPPORTED' });
  const starts = (compute: unknown): Sequential =>
    model({ optimizer: new SGD(), initializer: make(Initializer, { compute }) });
  t.throws(() => starts(() => [1]), { code: 'ERR_SHAPE_MISMATCH', message: /Mine.compute/ });
  t.throws(() => starts(async () => 1), promise);
  t.throws(() => starts(() => new Float32Array(INPUTS * 16).fill(Number.NaN)), nan);
  t.throws(() => starts(bad), error);
  const rate = (at: unknown): Optimizer => new SGD({ learningRate: make(LearningRateSchedule, { at }) });
  await t.rejects(model({ optimizer: rate(async () => 1) }).fit(x, y, QUIET), {
    code: 'ERR_INVALID_ARG',
    message: /Mine.at/,
  });
  await t.rejects(model({ optimizer: rate(() => Number.NaN) }).fit(x, y, QUIET), { code: 'ERR_NOT_FINITE' });
});

t.test('an abort ends a run between two steps', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  let calls = 0;
  class Mine extends OwnSGD {
    override updateStep(...args: Parameters<OwnSGD['updateStep']>): void {
      if (++calls === 6) controller.abort(reason);
      super.updateStep(...args);
    }
  }
  const made = model({ optimizer: new Mine() });
  await t.rejects(made.fit(x, y, { ...QUIET, signal: controller.signal }), reason);
  t.equal(calls, 8, 'all four variables of the second step');
  t.equal(made.iterations, 2);
});

t.test('summary', async (t) => {
  const made = model({ optimizer: new OwnSGD(), regularizer: new OwnL2(), constraint: new OwnMaxNorm() });
  const text = made.summary({ print: () => {} });
  t.match(text, ' Optimizer: own_sgd on the JavaScript thread, batch by batch\n');
  t.match(text, ' Weights: OwnL2 on the JavaScript thread');
  t.match(text, ' Weights: OwnMaxNorm on the JavaScript thread');
  const rated = (learningRate: unknown): string =>
    model({ optimizer: new SGD({ learningRate: learningRate as number }) }).summary({ print: () => {} });
  t.match(rated(new OwnDecay()), ' Learning rate: OwnDecay on the JavaScript thread');
  t.notMatch(rated(0.1), 'thread');
});
