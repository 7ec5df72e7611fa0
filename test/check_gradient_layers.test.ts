import {
  Add,
  BatchNormalization,
  checkGradient,
  Dense,
  Dropout,
  Embedding,
  GlorotUniform,
  Input,
  Lambda,
  Layer,
  Model,
  Multiply,
  Sequential,
  type SymbolicTensor,
  setRandomSeed,
  type Tensor,
  tensor,
} from 'gemsbok';
import t from 'tap';
import { LAYERS } from './layers.cases';
import { bits } from './models.cases';

type Floats = Tensor<Float32Array>;

/** Errors of float32 below 1e-3, as the docstring says. */
const ROUNDING = 1e-3;

/** Away from 0, where some layers have kinks. */
function numbers(...shape: number[]): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const value = (i: number): number => Math.sin(1 + i * 0.7) * 1.3 + 0.2 * Math.sign(Math.sin(1 + i * 0.7));
  return tensor(
    Float64Array.from({ length: size }, (_, i) => value(i)),
    { shape },
  );
}

/** A square times one weight, plus others; each gradient times a factor. */
class Curve extends Layer {
  constructor(
    readonly factors = { input: 1, scale: 1, bias: 1 },
    readonly isSingle = false,
  ) {
    super();
  }
  override build(): void {
    this.addWeight({ name: 'scale', shape: [], initializer: 'ones' });
    this.addWeight({ name: 'mean', shape: [2], trainable: false });
    this.addWeight({ name: 'bias', shape: [2], initializer: new GlorotUniform({ seed: 1 }) });
  }
  override forward({ data, shape }: Floats, [scale, , bias]: readonly Floats[]): Tensor {
    const y = data.map((v, i) => v * v * Number(scale?.item()) + Number(bias?.data[i % 2]));
    return tensor(this.isSingle ? Float32Array.from(y) : y, { shape: [...shape] });
  }
  override backward({ data }: Floats, gradient: Floats, [scale]: readonly Floats[]) {
    const bias = [0, 1].map((c) => gradient.data.reduce((sum, g, i) => sum + (i % 2 === c ? g : 0), 0));
    return {
      input: gradient.data.map((g, i) => this.factors.input * g * 2 * Number(data[i]) * Number(scale?.item())),
      weights: [
        data.reduce((sum, v, i) => sum + this.factors.scale * v * v * Number(gradient.data[i]), 0),
        null,
        bias.map((b) => b * this.factors.bias),
      ],
    };
  }
}

t.test('every layer has the gradient of its values', async (t) => {
  for (const { name, make, inputs } of LAYERS) {
    const x = inputs.map((shape) => numbers(3, ...shape));
    const { maxError, of, parts } = checkGradient(make(), x.length === 1 ? (x[0] as Tensor) : x);
    t.ok(maxError < ROUNDING, `${name}: ${maxError} of ${of}`);
    for (const [i, one] of x.entries()) t.strictSame(parts[i]?.gradient.shape, one.shape, name);
  }
});

t.test('a layer of the caller is checked in float64, and what is wrong is found', async (t) => {
  const right = checkGradient(new Curve(), numbers(3, 2));
  t.ok(right.maxError < 1e-7, `${right.maxError}`);
  t.strictSame(
    right.parts.map(({ of }) => of),
    ['x', 'scale', 'bias'],
    'what does not train has no gradient',
  );
  t.ok(checkGradient(new Curve(undefined, true), numbers(3, 2)).maxError < ROUNDING, 'in float32');
  for (const isSingle of [false, true]) {
    for (const [wrong, of] of Object.entries({ input: 'x', scale: 'scale', bias: 'bias' })) {
      const layer = new Curve({ input: 1, scale: 1, bias: 1, [wrong]: 1.5 }, isSingle);
      const { parts, ...worst } = checkGradient(layer, numbers(3, 2));
      t.equal(worst.of, of);
      t.ok(worst.maxError > 0.1, `${wrong}: ${worst.maxError}`);
      const ratio = Number(worst.gradient.data[worst.index]) / Number(worst.numeric.data[worst.index]);
      t.ok(Math.abs(ratio - 1.5) < 1e-2, `${wrong}: ${ratio} times the slope`);
      for (const part of parts) if (part.of !== of) t.ok(part.maxError < ROUNDING, part.of);
    }
  }
});

t.test('composed layers, models, several inputs, noise and indices', async (t) => {
  setRandomSeed(1);
  class Block extends Layer {
    readonly inner = new Dense({ units: 2, activation: 'gelu' });
    override call(x: SymbolicTensor): SymbolicTensor {
      return new Dropout({ rate: 0.4 }).apply(this.inner.apply(new Curve().apply(x)));
    }
  }
  t.ok(checkGradient(new Block(), numbers(5, 2)).maxError < ROUNDING);
  const model = new Sequential([new Block(), new Dense({ units: 3, activation: 'softmax' })]);
  t.ok(checkGradient(model, numbers(5, 2)).maxError < ROUNDING);
  const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
  const shared = new Dense({ units: 2 });
  const outputs = [shared.apply(a), shared.apply(b), new Add().apply([a, b])];
  const two = checkGradient(new Model({ inputs: [a, b], outputs }), [numbers(3, 2), numbers(3, 2)]);
  t.ok(two.maxError < ROUNDING);
  t.strictSame(
    two.parts.map(({ of }) => of),
    ['x[0]', 'x[1]', 'kernel', 'bias'],
  );
  const product = new Lambda({
    forward: ([p, q]: readonly Floats[]) => p?.data.map((v, i) => v * Number(q?.data[i])) ?? [],
    backward: ([p, q]: readonly Floats[], { data }) =>
      [q, p].map((one) => data.map((g, i) => g * Number(one?.data[i]))),
  });
  t.ok(checkGradient(product, [numbers(3, 2), numbers(3, 2)]).maxError < 1e-8);
  const rows = checkGradient(new Embedding({ inputDim: 4, outputDim: 2 }), [[0, 1, 1]]);
  t.ok(rows.maxError < ROUNDING);
  t.strictSame(
    rows.parts.map(({ of }) => of),
    ['embeddings'],
    'there is no gradient by an index',
  );
  const frozen = checkGradient(new Dense({ units: 2, trainable: false }), numbers(3, 2));
  t.strictSame(
    frozen.parts.map(({ of }) => of),
    ['x'],
  );
});

t.test('everything stays as it was', async (t) => {
  const dense = new Dense({ units: 3 });
  const x = Float64Array.of(1, 2, 3, 4);
  const first = dense.apply(new Input({ shape: [2] }));
  const before = bits(dense);
  checkGradient(dense, { data: x, shape: [2, 2] });
  t.strictSame(bits(dense), before, 'weights');
  t.strictSame(x, Float64Array.of(1, 2, 3, 4), 'inputs');
  t.equal(dense.output, first, 'the output is that of its own use');
  const next = (): number => Number(/\d+$/.exec(new Input({ shape: [1] }).name)?.[0]);
  const number = next();
  checkGradient(dense, { data: x, shape: [2, 2] });
  t.equal(next(), number + 1, 'names go on');
});

t.test('weights never move, as another model sees, whatever trains and also where it throws', async (t) => {
  const options = { units: 2, kernelInitializer: new GlorotUniform({ seed: 1 }) };
  for (const trainable of [true, false]) {
    for (const throws of [false, true]) {
      const dense = new Dense({ ...options, trainable });
      const norm = new BatchNormalization({ trainable });
      const seen: number[][] = [];
      // Of the same layers: it computes while they are checked.
      const other = new Sequential([new Input({ shape: [2] }), dense, norm]);
      const last = new Lambda({
        forward: (input) => {
          seen.push([...other.predictSync(numbers(2, 2)).data]);
          return input;
        },
        backward: (_, gradient) => {
          if (throws) throw new Error('from user code');
          return gradient;
        },
      });
      const stack = new Sequential([new Input({ shape: [2] }), dense, norm, last]);
      const [before, wanted] = [bits(stack), [...other.predictSync(numbers(2, 2)).data]];
      const check = () => checkGradient(stack, numbers(3, 2));
      if (throws) t.throws(check, { message: 'from user code' });
      else t.ok(check().maxError < ROUNDING);
      t.ok(seen.length > 0 && seen.every((values) => values.join() === wanted.join()), 'no prediction differs');
      t.strictSame(bits(stack), before);
    }
  }
});

t.test('no step is lost of what trains meanwhile', async (t) => {
  const trained = async (amid: (model: Sequential) => unknown): Promise<number[]> => {
    const model = new Sequential([
      new Input({ shape: [2] }),
      new Dense({ units: 2, kernelInitializer: new GlorotUniform({ seed: 1 }) }),
    ]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const run = model.fit(numbers(64, 2), numbers(64, 2), { epochs: 40, batchSize: 1, verbose: 0, seed: 1 });
    while (model.iterations === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    amid(model);
    await run;
    return bits(model);
  };
  const wanted = await trained(() => {});
  t.strictSame(await trained((model) => checkGradient(model, numbers(3, 2))), wanted);
});

t.test('a change of `trainable` is told all the same', async (t) => {
  const dense = new Dense({ units: 2 });
  const model = new Sequential([new Input({ shape: [2] }), dense]);
  model.compile({ loss: 'mse' });
  dense.trainable = false;
  checkGradient(dense, numbers(3, 2));
  const told: unknown[] = [];
  const hear = (warning: { readonly code?: unknown }): unknown => told.push(warning.code);
  process.on('warning', hear);
  t.teardown(() => process.off('warning', hear));
  await model.fit(numbers(4, 2), numbers(4, 2), { verbose: 0 });
  await new Promise((resolve) => setImmediate(resolve));
  t.strictSame(told, ['GEMSBOK_TRAINABLE']);
});

t.test('what cannot be checked', async (t) => {
  const wrong: readonly (readonly [() => unknown, { readonly code: string; readonly message?: RegExp }])[] = [
    [() => checkGradient(new Lambda({ forward: (x) => x }), [[1]]), { code: 'ERR_UNSUPPORTED', message: /backward/ }],
    [() => checkGradient(new Dense({ units: 1 }), 3), { code: 'ERR_SHAPE_MISMATCH', message: /`x`/ }],
    [() => checkGradient(new Dense({ units: 1 }), undefined as never), { code: 'ERR_INVALID_ARG', message: /`x`/ }],
    [() => checkGradient(new Dense({ units: 1 }), [[1]], { step: 0 }), { code: 'ERR_OUT_OF_RANGE' }],
    [() => checkGradient(new Dense({ units: 1 }), [[1]], { mask: [1] } as never), { code: 'ERR_INVALID_ARG' }],
    [() => checkGradient(new Multiply(), [numbers(2, 2), numbers(3, 2)]), { code: 'ERR_SHAPE_MISMATCH' }],
    [() => checkGradient(new Multiply(), numbers(2, 2)), { code: 'ERR_SHAPE_MISMATCH' }],
    [
      () => checkGradient(new Lambda({ forward: (x) => x, backward: () => [Number.NaN] }), [[1]]),
      { code: 'ERR_SHAPE_MISMATCH' },
    ],
  ];
  for (const [call, error] of wrong) t.throws(call, error);
});
