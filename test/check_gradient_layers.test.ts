import {
  Add,
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
  const broken = new Lambda({
    forward: (input) => input,
    backward: () => {
      throw new Error('from user code');
    },
  });
  const stack = new Sequential([new Dense({ units: 2 }), broken]);
  stack.build([null, 2]);
  const weights = bits(stack);
  t.throws(() => checkGradient(stack, [[1, 2]]), { message: 'from user code' });
  t.strictSame(bits(stack), weights);
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
