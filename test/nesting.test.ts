import {
  BatchNormalization,
  Concatenate,
  cloneModel,
  Dense,
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

const QUIET = { verbose: 0, shuffle: false } as const;
const dense = (units = 2): Dense => new Dense({ units, kernelInitializer: 'ones' });
const first = (): Sequential => new Sequential([new Input({ shape: [2] }), dense()]);

/** A layer that applies another one. */
class Wrap extends Layer {
  readonly inner: Layer;
  constructor(inner: Layer, options: LayerOptions = {}) {
    super(options);
    this.inner = inner;
  }
  override call(x: SymbolicTensor): SymbolicTensor {
    return this.inner.apply(x) as SymbolicTensor;
  }
}

/** Layers within each other, each made of the one before. */
const CHAINS: Readonly<Record<string, (levels: number) => Sequential | Model>> = {
  'models from within': (levels) => {
    let model: Sequential = first();
    for (let i = 1; i < levels; i++) model = new Sequential([model]);
    return model;
  },
  'models from without, which are built at last': (levels) => {
    const outer = new Sequential([new Sequential()]);
    let inner = outer.layers[0] as Sequential;
    for (let i = 2; i < levels; i++) {
      inner.add(new Sequential());
      inner = inner.layers[0] as Sequential;
    }
    inner.add(dense());
    outer.build([null, 2]);
    return outer;
  },
  graphs: (levels) => {
    let model: Sequential | Model = first();
    for (let i = 1; i < levels; i++) {
      const input = new Input({ shape: [2] });
      model = new Model({ inputs: input, outputs: (model as Sequential).apply(input) });
    }
    return model;
  },
  'layers that are composed of layers': (levels) => {
    let layer: Layer = dense();
    for (let i = 1; i < levels; i++) layer = new Wrap(layer);
    return new Sequential([new Input({ shape: [2] }), layer]);
  },
};

for (const [name, make] of Object.entries(CHAINS)) {
  t.test(`${name}: as deep as the limit, and no deeper`, async (t) => {
    const model = make(60);
    t.strictSame((model.predictSync([[1, 2]]) as Tensor).toArray(), [[3, 3]]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    await model.fit([[1, 2]], [[1, 2]], { ...QUIET });
    t.equal(model.countParams(), 6);
    const wanted = { code: 'ERR_UNSUPPORTED', message: /at most 100 levels, a limit of this library, for `layers`/ };
    for (const levels of [102, 3000]) t.throws(() => make(levels), wanted, String(levels));
  });
}

t.test('a model does not hold itself', async (t) => {
  const wanted = { code: 'ERR_INVALID_ARG', message: /does not hold the model itself/ };
  for (const model of [first(), new Sequential()]) t.throws(() => model.add(model as never), wanted);
  const [a, b] = [new Sequential(), new Sequential()];
  a.add(b);
  t.throws(() => b.add(a), wanted);
  b.add(dense());
  t.strictSame(a.predictSync([[1, 2]]).shape, [1, 2]);
});

/** Two layers and a normalization, composed. */
class Block extends Layer {
  readonly first = dense();
  readonly norm = new BatchNormalization({ momentum: 0.5 });
  readonly second = dense();
  override call(x: SymbolicTensor): SymbolicTensor {
    return this.second.apply(this.norm.apply(this.first.apply(x)));
  }
}

t.test('`trainable` of the layers that a layer is composed of', async (t) => {
  const x = [
    [1, 2],
    [3, 5],
    [0, 1],
  ];
  /** Which of the layers have other weights after training. */
  const changed = async (block: Block, model: Sequential): Promise<boolean[]> => {
    model.predictSync(x);
    const text = (): string[] => [block.first, block.norm, block.second].map((layer) => String(layer.getWeights()));
    const before = text();
    await model.fit(x, x, { ...QUIET });
    return text().map((weights, i) => weights !== before[i]);
  };
  for (const wrap of [(block: Block): Layer => block, (block: Block): Layer => new Wrap(new Wrap(block))]) {
    for (const isBuilt of [true, false]) {
      const make = (block: Block): Sequential => {
        const model = new Sequential(isBuilt ? [new Input({ shape: [2] }), wrap(block)] : [wrap(block)]);
        model.compile({ optimizer: 'sgd', loss: 'mse' });
        return model;
      };
      const all = new Block();
      t.strictSame(await changed(all, make(all)), [true, true, true], 'all of them');
      for (const [name, wanted] of [
        ['first', [false, true, true]],
        ['norm', [true, false, true]],
        ['second', [true, true, false]],
      ] as const) {
        const block = new Block();
        block[name].trainable = false;
        const model = make(block);
        t.strictSame(await changed(block, model), wanted, name);
        t.equal(model.lossAndGradients(x, x).gradients.length, 4, `${name}: gradients`);
        const frozen = name === 'norm' ? 4 : 6;
        t.match(model.summary({ print: () => {} }), new RegExp(`Trainable params: ${16 - frozen} `), name);
        block[name].trainable = true;
        model.compile({ optimizer: 'sgd', loss: 'mse' });
        t.strictSame(await changed(block, model), [true, true, true], `${name}: trains again`);
      }
    }
  }
});

/** A class of the user's own with a config. */
class Scale extends Layer {
  readonly factor: number;
  constructor({ factor = 1, ...options }: LayerOptions & { readonly factor?: number } = {}) {
    super(options);
    this.factor = factor;
  }
  override forward(x: Tensor<Float32Array>): Float32Array {
    return x.data.map((value) => this.factor * value);
  }
  override backward(_: Tensor, gradient: Tensor<Float32Array>) {
    return { input: gradient.data.map((value) => this.factor * value) };
  }
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), factor: this.factor };
  }
}

t.test('graphs of classes of the user, within models: clones and files', async (t) => {
  registerSerializable('nested', Scale);
  const [a, b] = [new Input({ shape: [2], name: 'a' }), new Input({ shape: [2], name: 'b' })];
  const scale = new Scale({ factor: 3 });
  const inner = new Sequential([new Input({ shape: [2] }), scale, new Dense({ units: 2 })]);
  const joined = new Concatenate().apply([inner.apply(a), scale.apply(b), inner.apply(b)]);
  const model = new Model({ inputs: [a, b], outputs: new Dense({ units: 1 }).apply(joined) });
  const x = [[[1, 2]], [[3, 4]]];
  const wanted = (model.predictSync(x) as Tensor).toArray();
  const clone = cloneModel(model);
  clone.setWeights(model.getWeights());
  t.strictSame((clone.predictSync(x) as Tensor).toArray(), wanted, 'a clone');
  for (const format of ['keras', 'h5'] as const) {
    const loaded = await loadModel(await model.toBytes(format));
    t.strictSame((loaded.predictSync(x) as Tensor).toArray(), wanted, format);
    t.equal(loaded.countParams(), model.countParams(), `${format}: shared layers are shared`);
    loaded.compile({ optimizer: 'sgd', loss: 'mse' });
    await loaded.fit(x, [[1]], { ...QUIET });
  }
});
