import {
  Add,
  BatchNormalization,
  type BatchShape,
  Dense,
  Dropout,
  dataset,
  GlorotUniform,
  getThreads,
  Input,
  Layer,
  type LayerOptions,
  Model,
  PReLU,
  Sequential,
  type SymbolicTensor,
  setThreads,
  type Tensor,
  tensor,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { near } from './helpers/near';
import { bits, CLASSES, INPUTS, QUIET, x, y } from './models.cases';

type Floats = Tensor<Float32Array>;
const at = (values: ArrayLike<number>, i: number): number => values[i] ?? Number.NaN;

/** Twins of layers of the library, as a user would write them. */
class OwnDense extends Layer {
  readonly units: number;
  constructor({ units, ...options }: LayerOptions & { readonly units: number }) {
    super(options);
    this.units = units;
  }
  override build(inputShape: BatchShape): void {
    const shape = [inputShape.at(-1) ?? 1, this.units];
    this.addWeight({ name: 'kernel', shape, initializer: new GlorotUniform({ seed: 3 }) });
    this.addWeight({ name: 'bias', shape: [this.units], initializer: 'zeros' });
  }
  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return [...inputShape.slice(0, -1), this.units];
  }
  override forward(x: Floats, [kernel, bias]: readonly Floats[]): Tensor {
    const [rows = 0, size = 0] = x.shape;
    const out = new Float32Array(rows * this.units);
    for (let r = 0; r < rows; r++) {
      for (let u = 0; u < this.units; u++) {
        let sum = at(bias?.data ?? [], u);
        for (let i = 0; i < size; i++) sum += at(x.data, r * size + i) * at(kernel?.data ?? [], i * this.units + u);
        out[r * this.units + u] = sum;
      }
    }
    return tensor(out, { shape: [rows, this.units] });
  }
  override backward(x: Floats, grad: Floats, [kernel]: readonly Floats[]) {
    const [rows = 0, size = 0] = x.shape;
    const input = new Float32Array(rows * size);
    const [own, bias] = [new Float32Array(size * this.units), new Float32Array(this.units)];
    for (let r = 0; r < rows; r++) {
      for (let u = 0; u < this.units; u++) {
        const g = at(grad.data, r * this.units + u);
        bias[u] = at(bias, u) + g;
        for (let i = 0; i < size; i++) {
          input[r * size + i] = at(input, r * size + i) + g * at(kernel?.data ?? [], i * this.units + u);
          own[i * this.units + u] = at(own, i * this.units + u) + g * at(x.data, r * size + i);
        }
      }
    }
    return { input: tensor(input, { shape: [rows, size] }), weights: [own, bias] };
  }
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), units: this.units };
  }
}

class OwnPReLU extends Layer {
  override build(inputShape: BatchShape): void {
    super.build(inputShape);
    this.addWeight({ name: 'alpha', shape: inputShape.slice(1) as number[], initializer: 'zeros' });
  }
  override forward(x: Floats, [alpha]: readonly Floats[]): Float32Array {
    const size = alpha?.data.length ?? 1;
    return x.data.map((v, i) => (v > 0 ? v : v * at(alpha?.data ?? [], i % size)));
  }
  override backward(x: Floats, grad: Floats, [alpha]: readonly Floats[]) {
    const size = alpha?.data.length ?? 1;
    const own = new Float32Array(size);
    for (const [i, v] of x.data.entries()) if (v <= 0) own[i % size] = at(own, i % size) + v * at(grad.data, i);
    const input = x.data.map((v, i) => at(grad.data, i) * (v > 0 ? 1 : at(alpha?.data ?? [], i % size)));
    return { input, weights: [own] };
  }
}

/** Composed: needs no gradient. */
class Twice extends Layer {
  readonly inner: Layer;
  readonly last = new Dense({
    units: CLASSES,
    activation: 'softmax',
    kernelInitializer: new GlorotUniform({ seed: 2 }),
  });
  constructor(inner: Layer, options: LayerOptions = {}) {
    super(options);
    this.inner = inner;
  }
  override call(x: SymbolicTensor): SymbolicTensor {
    return this.last.apply(this.inner.apply(this.inner.apply(x)));
  }
}

const square = (seed: number): Dense =>
  new Dense({ units: INPUTS, activation: 'tanh', kernelInitializer: new GlorotUniform({ seed }) });
const softmax = (): Dense =>
  new Dense({ units: CLASSES, activation: 'softmax', kernelInitializer: new GlorotUniform({ seed: 2 }) });

function compiled(
  made: Sequential | Model,
  loss: 'sparse_categorical_crossentropy' | 'mse' = 'sparse_categorical_crossentropy',
): typeof made {
  made.compile({ optimizer: 'adam', loss, metrics: [loss === 'mse' ? 'mae' : 'acc'] });
  return made;
}
const stack = (...layers: readonly Layer[]): Sequential | Model =>
  compiled(new Sequential([new Input({ shape: [INPUTS] }), ...layers]));

async function same(t: Test, a: Sequential | Model, b: Sequential | Model, what: string): Promise<void> {
  near(t, (await a.predict(x)) as Floats, (await b.predict(x)) as Floats, 1e-5, `${what}: predict`);
  near(t, a.predictSync(x) as Floats, b.predictSync(x) as Floats, 1e-5, `${what}: predictSync`);
  const [p, q] = [a.lossAndGradients(x, y), b.lossAndGradients(x, y)];
  near(t, p.loss, q.loss, 1e-5, `${what}: loss`);
  for (const [i, g] of p.gradients.entries()) near(t, g, q.gradients[i] as Floats, 1e-5, `${what}: gradients`);
  const options = { ...QUIET, validationSplit: 0.2 };
  const [one, two] = [await a.fit(x, y, options), await b.fit(x, y, options)];
  for (const [key, values] of Object.entries(two.history)) {
    for (const [i, value] of values.entries())
      near(t, one.history[key]?.[i] ?? Number.NaN, value, 1e-5, `${what}: ${key}`);
  }
  for (const [i, weight] of a.getWeights().entries())
    near(t, weight, b.getWeights()[i] as Floats, 1e-4, `${what}: weights`);
  const [e, f] = [await a.evaluate(x, y, { batchSize: 7 }), await b.evaluate(x, y, { batchSize: 7 })];
  near(t, e.loss ?? Number.NaN, f.loss ?? 0, 1e-5, `${what}: evaluate`);
  near(
    t,
    (await a.trainOnBatch(x, y)).loss ?? Number.NaN,
    (await b.trainOnBatch(x, y)).loss ?? 0,
    1e-5,
    `${what}: a batch`,
  );
  near(
    t,
    (await a.predict(x, { batchSize: 9, callbacks: [{ onPredictBatchEnd: () => {} }] })) as Floats,
    (await b.predict(x)) as Floats,
    1e-4,
    `${what}: predict in parts`,
  );
  near(
    t,
    (await a.predict(dataset({ x }).batch(9))) as Floats,
    (await b.predict(x)) as Floats,
    1e-4,
    `${what}: predict a stream`,
  );
}

const dense = (units: number): Dense => new Dense({ units, kernelInitializer: new GlorotUniform({ seed: 3 }) });

t.test('layers with forward and backward train as those of the library', async (t) => {
  await same(t, stack(new OwnDense({ units: 5 }), softmax()), stack(dense(5), softmax()), 'first');
  await same(
    t,
    stack(square(1), new OwnDense({ units: 5 }), softmax()),
    stack(square(1), dense(5), softmax()),
    'amid others',
  );
  await same(t, stack(square(1), new OwnPReLU(), softmax()), stack(square(1), new PReLU(), softmax()), 'PReLU');
  const both = (): Layer[] => [
    square(1),
    new OwnDense({ units: 5 }),
    new OwnPReLU(),
    new BatchNormalization(),
    softmax(),
  ];
  const library = [square(1), dense(5), new PReLU(), new BatchNormalization(), softmax()];
  await same(t, stack(...both()), stack(...library), 'several, and a normalization');
});

t.test('frozen layers with forward and backward, alone or with all others', async (t) => {
  const frozen = (layer: Layer): Layer => Object.assign(layer, { trainable: false });
  const own = stack(square(1), frozen(new OwnDense({ units: 5 })), softmax());
  await same(t, own, stack(square(1), frozen(dense(5)), softmax()), 'a layer');
  const whole = stack(square(1), new OwnDense({ units: 5 }), softmax());
  whole.trainable = false;
  const before = bits(compiled(whole));
  await whole.fit(x, y, QUIET);
  t.strictSame(bits(whole), before, 'a model');
});

t.test('a layer that is used twice, and one of two inputs', async (t) => {
  const graph = (shared: Layer, sum: Layer): Model => {
    const input = new Input({ shape: [INPUTS] });
    const [a, b] = [shared.apply(input), shared.apply(square(1).apply(input))];
    return compiled(new Model({ inputs: input, outputs: softmax().apply(sum.apply([a, b])) })) as Model;
  };
  class OwnAdd extends Layer {
    override computeOutputShape(shapes: never): BatchShape {
      return (shapes as BatchShape[])[0] as BatchShape;
    }
    override forward(inputs: never): Float32Array {
      const [a, b] = inputs as readonly Floats[];
      return (a as Floats).data.map((v, i) => v + at(b?.data ?? [], i));
    }
    override backward(_: Floats, grad: Floats) {
      return { input: [grad, grad] as never };
    }
  }
  await same(t, graph(new OwnDense({ units: 4 }), new OwnAdd()), graph(dense(4), new Add()), 'shared');
});

t.test('composed layers', async (t) => {
  const plain = (inner: Layer, last = softmax()): Model => {
    const input = new Input({ shape: [INPUTS] });
    return compiled(new Model({ inputs: input, outputs: last.apply(inner.apply(inner.apply(input))) })) as Model;
  };
  await same(t, stack(new Twice(square(1))), plain(square(1)), 'of layers of the library');
  t.notMatch(stack(new Twice(square(1))).summary({ print: () => {} }), 'JavaScript', 'they are as fast');
  const own = (): Layer => new OwnDense({ units: INPUTS });
  await same(t, stack(new Twice(own())), plain(dense(INPUTS)), 'of a layer of the caller');
  class Outer extends Layer {
    readonly twice = new Twice(square(1));
    override call(input: SymbolicTensor): SymbolicTensor {
      return this.twice.apply(input);
    }
  }
  await same(t, stack(new Outer()), plain(square(1)), 'of a composed one');
  const made = stack(new Twice(square(1)));
  t.equal(made.countParams(), INPUTS * INPUTS + INPUTS + INPUTS * CLASSES + CLASSES);
  t.equal(made.getWeights().length, 4);
});

t.test('the same bits for any number of threads and any cut', async (t) => {
  const before = getThreads();
  t.teardown(() => setThreads(before));
  const trained = async (options: object = {}): Promise<number[]> => {
    const made = stack(square(1), new OwnDense({ units: 5 }), new Dropout({ rate: 0.3, seed: 1 }), softmax());
    await made.fit(x, y, { ...QUIET, ...options });
    return bits(made);
  };
  const wanted = await trained();
  t.strictSame(await trained({ callbacks: [{ onTrainBatchEnd: () => {} }] }), wanted);
  for (const threads of [1, 3]) {
    setThreads(threads);
    t.strictSame(await trained(), wanted, `${threads} threads`);
  }
});

t.test('what is wrong is said with class and method, and the model stays usable', async (t) => {
  const bad = (): never => {
    throw new Error('from user code');
  };
  class Mine extends Layer {
    override forward(x: Floats): Tensor {
      return x;
    }
    override backward(_: Floats, grad: Floats) {
      return { input: grad };
    }
  }
  const mine = (methods: object): Layer => Object.assign(new Mine(), methods);
  const WRONG: readonly (readonly [
    object,
    { code: string; message?: RegExp } | { message: string; stack?: RegExp },
  ])[] = [
    [{ forward: async (x: Floats) => x }, { code: 'ERR_INVALID_ARG', message: /`Mine.forward`.*Promise/ }],
    [
      // biome-ignore lint/suspicious/noThenProperty: what only looks like a promise may do anything
      { forward: () => ({ then: (resolve: () => void) => resolve() }) },
      { code: 'ERR_INVALID_ARG', message: /`Mine.forward`/ },
    ],
    [{ forward: () => undefined }, { code: 'ERR_INVALID_ARG', message: /`Mine.forward`/ }],
    [{ forward: () => [1, 2] }, { code: 'ERR_SHAPE_MISMATCH', message: /`Mine.forward`/ }],
    [{ forward: (x: Floats) => x.data.map(() => Number.NaN) }, { code: 'ERR_NOT_FINITE', message: /`Mine.forward`/ }],
    [{ forward: bad }, { message: 'from user code', stack: /bad/ }],
    [{ backward: async () => 1 }, { code: 'ERR_INVALID_ARG', message: /`Mine.backward`.*Promise/ }],
    [{ backward: () => 1 }, { code: 'ERR_INVALID_ARG', message: /`Mine.backward`/ }],
    [{ backward: () => ({ input: [1] }) }, { code: 'ERR_SHAPE_MISMATCH', message: /`Mine.backward.input`/ }],
    [{ backward: undefined }, { code: 'ERR_UNSUPPORTED', message: /`Mine.backward`/ }],
    [{ backward: bad }, { message: 'from user code', stack: /bad/ }],
  ];
  for (const [methods, wanted] of WRONG) {
    const layer = mine(methods);
    const made = stack(square(1), layer, softmax());
    const before = bits(made);
    await t.rejects(made.fit(x, y, QUIET), wanted, JSON.stringify(wanted));
    t.throws(() => made.lossAndGradients(x, y), wanted);
    if ('forward' in methods) await t.rejects(made.predict(x), wanted);
    t.strictSame(bits(made), before, 'no step was done');
    Object.assign(layer, { forward: Mine.prototype.forward, backward: Mine.prototype.backward });
    await made.fit(x, y, { ...QUIET, epochs: 1 });
    t.ok(made.iterations > 0, 'it trains on');
  }
  const called = (call: unknown): unknown => {
    class Own extends Layer {
      override call = call as never;
    }
    Object.assign(Own.prototype, { call });
    return new Own().apply(new Input({ shape: [2] }));
  };
  t.throws(() => called(async (input: SymbolicTensor) => input), {
    code: 'ERR_INVALID_ARG',
    message: /`Own.call`.*Promise/,
  });
  t.throws(() => called(() => 1), { code: 'ERR_INVALID_ARG', message: /`Own.call`/ });
  t.throws(() => called(() => new Input({ shape: [2] }).output), { code: 'ERR_INVALID_ARG', message: /`Own.call`/ });
  t.throws(() => called(bad), { message: 'from user code' });
});

t.test('an abort ends a run within a batch', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  let calls = 0;
  class Mine extends OwnPReLU {
    override forward(...args: Parameters<OwnPReLU['forward']>): Float32Array {
      if (++calls === 3) controller.abort(reason);
      return super.forward(...args);
    }
  }
  const made = stack(square(1), new Mine(), softmax());
  await t.rejects(made.fit(x, y, { ...QUIET, signal: controller.signal }), reason);
  t.equal(made.iterations, 2, 'the step under way changed nothing');
  t.equal(calls, 3);
});

t.test('summary', (t) => {
  t.match(
    stack(new OwnDense({ units: 3, name: 'mine' })).summary({ print: () => {} }),
    ' Layer: mine on the JavaScript thread, batch by batch\n',
  );
  t.end();
});
