import {
  Add,
  BatchNormalization,
  cloneModel,
  Dense,
  Dropout,
  GlorotUniform,
  Input,
  Layer,
  type LayerOptions,
  loadModel,
  Model,
  registerSerializable,
  Sequential,
  type SymbolicTensor,
  type Tensor,
} from 'gemsbok';
import t from 'tap';
import { bits, INPUTS, oneHot, QUIET, x } from './models.cases';

type Floats = Tensor<Float32Array>;

const dense = (seed: number, units = 3): Dense =>
  new Dense({ units, activation: 'tanh', kernelInitializer: new GlorotUniform({ seed }) });

/** Composed of what a function makes of its input. */
class Composed extends Layer {
  readonly compose: (x: SymbolicTensor) => SymbolicTensor;
  constructor(compose: (x: SymbolicTensor) => SymbolicTensor, options: LayerOptions = {}) {
    super(options);
    this.compose = compose;
  }
  override call(x: SymbolicTensor): SymbolicTensor {
    return this.compose(x);
  }
}

const compiled = <M extends Sequential | Model>(model: M): M => {
  model.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
  return model;
};
const stack = (...layers: readonly Layer[]): Sequential =>
  compiled(new Sequential([new Input({ shape: [INPUTS] }), ...layers]));

t.test('a weight that no `forward` could read is refused where it is made', (t) => {
  const weight = { name: 'w', shape: [2] };
  class InBuild extends Composed {
    override build(): void {
      this.addWeight(weight);
    }
  }
  class InConstructor extends Composed {
    constructor() {
      super((x) => x);
      this.addWeight({ ...weight, trainable: false });
    }
  }
  class MoreDense extends Dense {
    override build(inputShape: never): void {
      super.build(inputShape);
      this.addWeight(weight);
    }
  }
  const REFUSED: readonly (readonly [string, () => unknown])[] = [
    ['in', () => stack(new InBuild((x) => x, { name: 'in' }))],
    ['in_constructor', () => new InConstructor()],
    ['more', () => stack(new MoreDense({ units: 1, name: 'more' }))],
    ['plain', () => new Dense({ units: 1, name: 'plain' }).addWeight(weight)],
    ['whole', () => new Sequential([dense(1)], { name: 'whole' }).addWeight(weight)],
  ];
  for (const [name, make] of REFUSED) {
    const message = new RegExp(`\`${name}.*\`addWeight\`.*\`forward\` and \`backward\``);
    t.throws(make, { code: 'ERR_UNSUPPORTED', message }, name);
  }
  t.end();
});

t.test('weights come from the constructor and from `build`, once, and before the layer is built', (t) => {
  class Sum extends Layer {
    fails = false;
    constructor() {
      super();
      this.addWeight({ name: 'a', shape: [], initializer: 'ones' });
    }
    override build(): void {
      this.addWeight({ name: 'b', shape: [], initializer: 'ones' });
      if (this.fails) throw new Error('from user code');
    }
    override forward({ data }: Floats, weights: readonly Floats[]): Float32Array {
      return data.map((v) => v * weights.length);
    }
  }
  const made = Object.assign(new Sum(), { fails: true });
  t.throws(() => stack(made), { message: 'from user code' });
  made.fails = false;
  t.strictSame(
    new Sequential([new Input({ shape: [1] }), made]).predictSync([[3]]).toArray(),
    [[6]],
    'what threw is gone',
  );
  t.strictSame(
    made.variables.map(({ name }) => name),
    ['a', 'b'],
  );
  t.throws(() => made.addWeight({ name: 'c' }), { code: 'ERR_INVALID_ARG', message: /`sum`.*built/ });
  t.end();
});

t.test('models of several outputs within composed layers are computed once', async (t) => {
  const two = (): Model<SymbolicTensor[]> => {
    const input = new Input({ shape: [INPUTS] });
    const hidden = new Dropout({ rate: 0.3, seed: 5 }).apply(new BatchNormalization().apply(dense(1, 4).apply(input)));
    return new Model({ inputs: input, outputs: [dense(2).apply(hidden), dense(3).apply(hidden)] });
  };
  const USES: Readonly<Record<string, (outputs: readonly SymbolicTensor[]) => SymbolicTensor>> = {
    first: (outputs) => outputs[0] as SymbolicTensor,
    second: (outputs) => outputs[1] as SymbolicTensor,
    both: (outputs) => new Add().apply(outputs),
  };
  for (const [name, use] of Object.entries(USES)) {
    const [inner, plain] = [two(), two()];
    const composed = stack(new Composed((x) => use(inner.apply(x))));
    const input = new Input({ shape: [INPUTS] });
    const flat = compiled(new Model({ inputs: input, outputs: use(plain.apply(input)) }));
    await composed.fit(x, oneHot, QUIET);
    await flat.fit(x, oneHot, QUIET);
    const outputOf = (model: Sequential | Model): unknown => (model.predictSync(x) as Floats).toArray();
    t.strictSame(outputOf(composed), outputOf(flat), name);
    t.strictSame(inner.getWeights().map(String), plain.getWeights().map(String), `${name}: weights`);
  }
});

t.test('layers made in `call`, nested three deep and shared by two models', async (t) => {
  const nested = (options: LayerOptions = {}): Composed => {
    const inner = new Composed((x) => dense(1).apply(x));
    const middle = new Composed((x) => new BatchNormalization().apply(inner.apply(x)));
    return new Composed((x) => dense(2).apply(middle.apply(x)), options);
  };
  const shared = nested();
  const [one, other] = [stack(shared), stack(shared, dense(4))];
  t.equal(one.countParams(), INPUTS * 3 + 3 + 4 * 3 + 3 * 3 + 3);
  const flat = stack(dense(1), new BatchNormalization(), dense(2));
  await one.fit(x, oneHot, QUIET);
  await flat.fit(x, oneHot, QUIET);
  t.strictSame((await one.predict(x)).toArray(), (await flat.predict(x)).toArray(), 'as without layers within');
  t.strictSame(
    bits({ getWeights: () => other.getWeights().slice(0, 4) }),
    bits({ getWeights: () => one.getWeights().slice(0, 4) }),
  );
  const frozen = stack(nested({ trainable: false }), dense(4));
  const before = bits(frozen.layers[0] as Layer);
  await frozen.fit(x, oneHot, QUIET);
  t.strictSame(bits(frozen.layers[0] as Layer), before, 'what is frozen stays, moving statistics too');
  t.match(frozen.summary({ print: () => {}, showTrainable: true }), / N /);
});

t.test('classes that extend those of the library, or are called like them, have names of their own', async (t) => {
  class ReluDense extends Dense {
    static built = 0;
    override build(inputShape: never): void {
      ReluDense.built++;
      super.build(inputShape);
    }
  }
  // Not the library's.
  const Flatten = class Flatten extends Layer {
    override forward({ data }: Floats): Float32Array {
      return data.map((v) => v * 100);
    }
  };
  const made = new Sequential([
    new Input({ shape: [INPUTS] }),
    new ReluDense({ units: 2, activation: 'relu' }),
    new Flatten(),
  ]);
  t.equal(ReluDense.built, 1, 'its `build` is called');
  t.match(made.summary({ print: () => {} }), /relu_dense \(ReluDense\)/);
  const clone = cloneModel(made);
  t.ok(clone.layers[0] instanceof ReluDense && clone.layers[1] instanceof Flatten);
  registerSerializable('mine', ReluDense);
  registerSerializable('mine', Flatten);
  for (const format of ['keras', 'h5', 'tfjs', 'safetensors'] as const) {
    const loaded = (await loadModel(await made.toBytes(format))) as Sequential;
    t.ok(loaded.layers[0] instanceof ReluDense && loaded.layers[1] instanceof Flatten, format);
    t.strictSame(bits(loaded), bits(made), format);
    t.strictSame(loaded.predictSync(x).toArray(), made.predictSync(x).toArray(), format);
  }
});
