import * as gemsbok from 'gemsbok';
import {
  Constraint,
  Dense,
  Flatten,
  GlorotUniform,
  Initializer,
  Input,
  Layer,
  LearningRateSchedule,
  Loss,
  type losses,
  Metric,
  Model,
  metrics,
  Optimizer,
  Regularizer,
  Sequential,
  SGD,
  type SymbolicTensor,
  type Tensor,
  tensor,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { classesOf, type Family } from './helpers/families';
import { near } from './helpers/near';
import { LAYERS } from './layers.cases';
import { LOSS_CASES, makeLoss, Random } from './losses.cases';
import { CASES, DATA, type MetricCase } from './metrics.cases';
import { REQUIRED } from './misuse.cases';
import { CLASSES, INPUTS, oneHot, QUIET, x } from './models.cases';
import type { Nd } from './oracle/ndarray';

// Each class of the library, and the same called from methods of the caller's, on the JavaScript thread.

type Floats = Tensor<Float32Array>;
type Slots = { inner?: Optimizer };

/** Classes that have no twin, and why. */
const WITHOUT: Partial<Record<Family, Readonly<Record<string, string>>>> = {
  metrics: {
    Mean: 'counts values, not targets and predictions',
    Sum: 'counts values, not targets and predictions',
  },
  layers: {
    ActivityRegularization: 'adds to the loss, which methods of a layer do not',
    AlphaDropout: 'draws by step and node',
    BatchNormalization: 'changes weights on the way forward, which methods do not',
    Dropout: 'draws by step and node',
    GaussianDropout: 'draws by step and node',
    GaussianNoise: 'draws by step and node',
    Input: 'computes nothing',
    Lambda: 'is the JavaScript of the caller itself',
    Masking: 'makes a mask, which methods do not',
  },
};

/** A test for each class of a family; none is left out that is not in the list above. */
function each(family: Family, run: (t: Test, name: string, make: () => unknown) => Promise<void> | void): void {
  t.test(family, async (t) => {
    const without = WITHOUT[family] ?? {};
    const all = [...new Map([...classesOf(family).values()].map((Class) => [Class.name, Class] as const)).values()];
    t.strictSame(
      Object.keys(without).filter((name) => !all.some((Class) => Class.name === name)),
      [],
      'those without a twin are there',
    );
    for (const Class of all) {
      const { name } = Class;
      if (!(name in without)) await run(t, name, () => new Class(REQUIRED[name]));
    }
  });
}

async function alike(
  t: Test,
  make: (own: boolean) => Sequential | Model,
  [inputs, targets]: readonly [unknown, unknown],
  what: string,
): Promise<void> {
  const [own, library] = [make(true), make(false)];
  const histories = [];
  for (const model of [own, library]) {
    histories.push((await model.fit(inputs as never, targets as never, QUIET)).history);
  }
  const [found = {}, wanted = {}] = histories;
  t.strictSame(Object.keys(found), Object.keys(wanted), what);
  for (const [key, values] of Object.entries(wanted)) {
    const asTensor = (list: unknown): Floats => tensor([list].flat(9) as number[]) as Floats;
    near(t, asTensor(found[key]), asTensor(values), 1e-5, `${what}: ${key}`);
  }
  for (const [i, weight] of library.getWeights().entries()) {
    near(t, own.getWeights()[i] as Floats, weight, 1e-5, `${what}: weight ${i}`);
  }
}

const dense = (options: object = {}): Dense =>
  new Dense({ units: CLASSES, kernelInitializer: new GlorotUniform({ seed: 1 }), ...options });

/** One layer, with rules for its kernel. */
function classifier(options: object, optimizer: Optimizer = new SGD({ learningRate: 0.05 })): Sequential {
  const model = new Sequential([new Input({ shape: [INPUTS] }), dense(options)]);
  model.compile({ optimizer, loss: 'mse' });
  return model;
}

/** A model that predicts its input. */
function identity(yPred: Nd, compile: object): Sequential {
  const shape = yPred.shape.length === 1 ? [1] : yPred.shape.slice(1);
  const units = shape.at(-1) ?? 1;
  const model = new Sequential([new Input({ shape }), new Dense({ units, kernelInitializer: 'identity' })]);
  model.compile({ optimizer: 'sgd', ...compile } as never);
  return model;
}

each('losses', async (t, name) => {
  const row = LOSS_CASES.find((one) => one.name === name);
  if (row === undefined) return void t.fail(`${name} has no data`);
  const { yTrue, yPred } = row.data([20, 4 * (row.width ?? 1)], new Random(2));
  const make = (own: boolean): Sequential => {
    // The caller's losses give values, and do not say which of them count.
    const inner = makeLoss(row.name, row.masks ? { ...row.args, remove_diagonal: false } : row.args);
    class Twin extends Loss<losses.ReductionName> {
      override valueAndGradientOf(truth: Floats, prediction: Floats): gemsbok.ValueAndGradient {
        return inner.valueAndGradientOf(truth, prediction);
      }
    }
    // The steps of this one are large.
    const optimizer = new SGD({ learningRate: name === 'Circle' ? 1e-5 : 1e-3 });
    return identity(yPred, { optimizer, loss: own ? new Twin({ reduction: inner.reduction }) : inner });
  };
  await alike(t, make, [yPred, yTrue], name);
});

/** Metrics whose rows elsewhere are not along the last axis, and one that has none. */
const ROWS: readonly MetricCase[] = [
  { metric: 'ConcordanceCorrelation', data: 'real' },
  { metric: 'ConfusionMatrix', data: 'indices', args: { num_classes: 5 } },
];

each('metrics', async (t, name) => {
  const row = [...CASES, ...ROWS].find(({ metric, data, args }) => {
    // What a model can have: indices that its loss knows, along the last axis.
    return metric === name && data !== 'sortedIds' && data !== 'oneHotAndIds' && args?.axis === undefined;
  });
  if (row === undefined) return void t.fail(`${name} has no data`);
  const { yTrue, yPred } = DATA[row.data];
  const loss = row.data.startsWith('ind') ? 'sparse_categorical_crossentropy' : 'mse';
  const make = (own: boolean): Sequential => {
    const config = { class_name: name, config: { ...row.args, name: 'm' } };
    const inner = metrics.deserialize(config) as gemsbok.Precision;
    class Twin extends Metric {
      updateState(...args: Parameters<gemsbok.Precision['updateState']>): void {
        inner.updateState(...args);
      }
      result(): gemsbok.MetricResult {
        return inner.result();
      }
      resetState(): void {
        inner.resetState();
      }
    }
    return identity(yPred, { loss, metrics: [own ? new Twin({ name: 'm' }) : inner] });
  };
  await alike(t, make, [yPred, yTrue], name);
});

each('regularizers', async (t, name, make) => {
  class Twin extends Regularizer {
    readonly inner = make() as Regularizer;
    override compute(w: Floats): number {
      return this.inner.compute(w);
    }
    override gradient(w: Floats): Tensor {
      return this.inner.gradient(w);
    }
  }
  const model = (own: boolean) => classifier({ kernelRegularizer: own ? new Twin() : make() });
  await alike(t, model, [x, oneHot], name);
});

each('constraints', async (t, name, make) => {
  class Twin extends Constraint {
    readonly inner = make() as Constraint;
    override apply(w: Floats): Tensor {
      return this.inner.apply(w);
    }
  }
  await alike(t, (own) => classifier({ kernelConstraint: own ? new Twin() : make() }), [x, oneHot], name);
});

each('initializers', async (t, name, make) => {
  const seeded = (): Initializer => {
    gemsbok.setRandomSeed(3);
    return make() as Initializer;
  };
  class Twin extends Initializer {
    readonly inner = seeded();
    override compute(shape: readonly number[]): Tensor {
      return this.inner.initialize([...shape]);
    }
  }
  await alike(t, (own) => classifier({ kernelInitializer: own ? new Twin() : seeded() }), [x, oneHot], name);
});

each('schedules', async (t, name, make) => {
  class Twin extends LearningRateSchedule {
    readonly inner = make() as LearningRateSchedule;
    at(step: number): number {
      return this.inner.at(step);
    }
  }
  const rate = (own: boolean) => (own ? new Twin() : (make() as LearningRateSchedule));
  await alike(t, (own) => classifier({}, new SGD({ learningRate: rate(own) })), [x, oneHot], name);
});

each('optimizers', async (t, name, make) => {
  /** By their sizes: `updateStep` is not told of shapes. */
  const SHAPES = new Map([
    [INPUTS * CLASSES, [INPUTS, CLASSES]],
    [CLASSES, [CLASSES]],
  ]);
  class Twin extends Optimizer {
    override updateStep(
      gradient: Float32Array,
      data: Float32Array,
      slots: Slots,
      step: { learningRate: number },
    ): void {
      slots.inner ??= make() as Optimizer;
      const { inner } = slots;
      inner.learningRate = step.learningRate;
      const shape = SHAPES.get(data.length) ?? [];
      inner.apply([{ data: gradient, shape }], [{ data, shape }]);
    }
  }
  const learningRate = (make() as Optimizer).learningRate;
  const optimizer = (own: boolean) => (own ? new Twin({ learningRate }) : (make() as Optimizer));
  await alike(t, (own) => classifier({}, optimizer(own)), [x, oneHot], name);
});

/** Values that there are already. */
class Given extends Initializer {
  constructor(readonly values: Floats) {
    super();
  }
  override compute(): Tensor {
    return this.values;
  }
}

/** What a layer of the library computes by itself, in a model of its own. */
class LayerTwin extends Layer {
  #model: Model<SymbolicTensor, readonly SymbolicTensor[]> | null = null;
  #gradient: Floats | null = null;

  constructor(
    readonly inner: Layer,
    readonly takesIndices: boolean,
  ) {
    super();
  }

  override build(inputShape: unknown): void {
    const shapes = (Array.isArray((inputShape as unknown[])[0]) ? inputShape : [inputShape]) as (number | null)[][];
    const inputs = shapes.map(([, ...shape]) => new Input({ shape: shape as number[] }).output);
    const outputs = this.inner.apply(inputs.length === 1 ? (inputs[0] as SymbolicTensor) : inputs);
    this.#model = new Model({ inputs, outputs });
    const valueAndGradient = (_: unknown, yPred: Floats) => {
      const gradient = this.#gradient ?? yPred;
      return { value: yPred.data.reduce((sum, value, i) => sum + value * Number(gradient.data[i]), 0), gradient };
    };
    class Weighted extends Loss<'sum'> {
      override valueAndGradientOf = valueAndGradient as never;
    }
    this.#model.compile({ loss: new Weighted({ reduction: 'sum' }) as never, advice: false });
    for (const { name, shape, trainable, value } of this.inner.variables) {
      this.addWeight({ name, shape, trainable, initializer: new Given(value as Floats) });
    }
  }

  override computeOutputShape(): gemsbok.BatchShape {
    return this.inner.outputShape ?? [];
  }

  override forward(inputs: Floats, weights: readonly Floats[]): Tensor {
    this.#model?.setWeights(weights);
    return this.#model?.predictSync(inputs as never) as Tensor;
  }

  override backward(inputs: Floats, gradient: Floats, weights: readonly Floats[]) {
    this.#model?.setWeights(weights);
    this.#gradient = gradient;
    const zeros = { data: gradient.data.map(() => 0), shape: gradient.shape };
    const gradients = [...(this.#model?.lossAndGradients(inputs as never, zeros).gradients ?? [])];
    return {
      input: this.takesIndices
        ? { data: inputs.data.map(() => 0), shape: inputs.shape }
        : (this.#model?.inputGradients(inputs as never, zeros).gradients as never),
      weights: this.inner.variables.map(({ trainable }) => (trainable ? (gradients.shift() ?? null) : null)),
    };
  }
}

/** No gradient passes through these. */
const INDICES: Readonly<Record<string, () => Layer>> = {
  CategoryEncoding: () => new gemsbok.CategoryEncoding({ numTokens: 3 }),
  Discretization: () => new gemsbok.Discretization({ binBoundaries: [0.5, 1.5] }),
  Embedding: () => new gemsbok.Embedding({ inputDim: 3, outputDim: 2 }),
};

each('layers', async (t, name) => {
  const row = LAYERS.find((one) => one.make().className === name);
  const makeInner = row?.make ?? INDICES[name];
  if (makeInner === undefined) return void t.fail(`${name} has no shapes`);
  const takesIndices = name in INDICES;
  const shapes = row?.inputs ?? [[2]];
  const model = (own: boolean): Model => {
    gemsbok.setRandomSeed(5);
    const inner = makeInner();
    const inputs = shapes.map((shape) => new Input({ shape: [...shape] }));
    // Something before it trains by its gradients, unless there are none by indices.
    const given = inputs.map((input, i) => {
      const units = shapes[i]?.at(-1) ?? 1;
      return takesIndices ? input.output : dense({ units, activation: 'tanh' }).apply(input);
    });
    const layer = own ? new LayerTwin(inner, takesIndices) : inner;
    const tensors = layer.apply(given.length === 1 ? (given[0] as SymbolicTensor) : given);
    const outputs = dense({ units: 1 }).apply(new Flatten().apply(tensors));
    const made = new Model({ inputs, outputs });
    made.compile({ optimizer: new SGD({ learningRate: 0.05 }), loss: 'mse' });
    return made as unknown as Model;
  };
  const rows = 20;
  const data = shapes.map((shape, input) => {
    const size = shape.reduce((product, length) => product * length, rows);
    const value = (i: number): number => (takesIndices ? (i * 7) % 3 : Math.sin(1 + input + i * 0.7));
    return tensor(
      Float32Array.from({ length: size }, (_, i) => value(i)),
      { shape: [rows, ...shape] },
    );
  });
  const targets = Array.from({ length: rows }, (_, i) => [Math.sin(i)]);
  await alike(t, model, [data.length === 1 ? data[0] : data, targets], name);
});
