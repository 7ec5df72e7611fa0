import {
  Activation,
  cloneModel,
  Dense,
  GlorotUniform,
  Input,
  Lambda,
  type Layer,
  loadModel,
  Model,
  Multiply,
  registerSerializable,
  Sequential,
  type SymbolicTensor,
  type Tensor,
  tensor,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { near } from './helpers/near';
import { bits, CLASSES, INPUTS, oneHot, QUIET, x } from './models.cases';

type Floats = Tensor<Float32Array>;
const at = (values: ArrayLike<number>, i: number): number => values[i] ?? Number.NaN;

const sine = ({ data, shape }: Floats): Tensor => tensor(data.map(Math.sin), { shape: [...shape] });
const sineBack = ({ data }: Floats, gradient: Floats): Float32Array =>
  gradient.data.map((g, i) => g * Math.cos(at(data, i)));
const made = (options: object = {}): Lambda => new Lambda({ forward: sine, backward: sineBack, ...options });

const dense = (seed: number, options: object = {}): Dense =>
  new Dense({ units: CLASSES, kernelInitializer: new GlorotUniform({ seed }), ...options });

function stack(...layers: readonly Layer[]): Sequential {
  const model = new Sequential([new Input({ shape: [INPUTS] }), ...layers]);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  return model;
}

async function trainAlike(t: Test, own: Sequential | Model, library: Sequential | Model, inputs: unknown) {
  for (const model of [own, library]) await model.fit(inputs as never, oneHot as never, QUIET);
  for (const [i, weight] of library.getWeights().entries())
    near(t, own.getWeights()[i] as Floats, weight, 1e-5, `${i}`);
}

t.test('a function trains as the layer of the library', async (t) => {
  const tanh = new Lambda({
    forward: (input) => input.data.map(Math.tanh),
    backward: (input, gradient) => ({
      input: gradient.data.map((g, i) => g * (1 - Math.tanh(at(input.data, i)) ** 2)),
    }),
  });
  const wanted = stack(dense(1), new Activation({ activation: 'tanh' }), dense(2));
  await trainAlike(t, stack(dense(1), tanh, dense(2)), wanted, x);
});

t.test('of several inputs', async (t) => {
  const product = new Lambda({
    forward: ([a, b]: readonly Floats[]) => a?.data.map((v, i) => v * at(b?.data ?? [], i)) ?? [],
    backward: ([a, b]: readonly Floats[], { data }) =>
      [b, a].map((other) => data.map((g, i) => g * at(other?.data ?? [], i))),
  });
  const graph = (merge: { apply(inputs: SymbolicTensor[]): unknown }): Model => {
    const input = new Input({ shape: [INPUTS] });
    const merged = merge.apply([dense(1).apply(input), dense(2).apply(input)]) as SymbolicTensor;
    const model = new Model({ inputs: input, outputs: dense(3).apply(merged) });
    model.compile({ optimizer: 'adam', loss: 'mse' });
    return model as Model;
  };
  await trainAlike(t, graph(product), graph(new Multiply()), x);
});

t.test('the shape of the output', async (t) => {
  const first = ({ data, shape: [rows = 0, size = 0] }: Floats): Tensor =>
    tensor(
      Float32Array.from({ length: rows }, (_, r) => at(data, r * size)),
      { shape: [rows, 1] },
    );
  for (const outputShape of [[1], ([batch = null]: readonly (number | null)[]) => [batch, 1]]) {
    const model = stack(new Lambda({ forward: first, outputShape }));
    t.strictSame(model.outputShape, [null, 1]);
    t.strictSame(model.predictSync([[5, 1, 1, 1, 1, 1]]).toArray(), [[5]]);
  }
  const wrong = stack(new Lambda({ forward: first }));
  await t.rejects(wrong.predict(x), { code: 'ERR_SHAPE_MISMATCH', message: /`Lambda.forward`.*`outputShape`/ });
});

t.test('without `backward` it predicts, and trains where nothing before it does', async (t) => {
  const one = (): Lambda => made({ backward: undefined, name: 'one' });
  t.strictSame((await stack(dense(1), one()).predict(x)).shape, [50, CLASSES]);
  await stack(dense(1), one()).evaluate(x, oneHot);
  const refused = { code: 'ERR_UNSUPPORTED', message: /`one`.*`Lambda.backward`/ };
  await t.rejects(stack(dense(1), one()).fit(x, oneHot, QUIET), refused);
  t.throws(() => stack(dense(1), one()).lossAndGradients(x, oneHot), refused);
  for (const before of [[], [dense(1, { trainable: false })]]) {
    await trainAlike(t, stack(...before, one(), dense(2)), stack(...before, made(), dense(2)), x);
    t.throws(() => stack(...before, one(), dense(2)).inputGradients(x, oneHot), refused, 'inputs have gradients');
  }
  const within = stack(new Sequential([dense(1)]), one(), dense(2));
  await t.rejects(within.fit(x, oneHot, QUIET), refused, 'a model within trains');
  within.trainable = false;
  within.compile({ loss: 'mse' });
  const before = bits(within);
  await within.fit(x, oneHot, QUIET);
  t.strictSame(bits(within), before);
});

t.test('arguments, and what its functions return', async (t) => {
  const WRONG: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /forward/],
    [{}, /forward/],
    [sine, /forward/],
    [{ forward: 1 }, /forward/],
    [{ forward: sine, backward: 1 }, /backward/],
    [{ forward: sine, outputShape: 'flat' }, /outputShape/],
    [{ forward: sine, outputShape: [null, 2] }, /outputShape/],
    [{ function: sine }, /`function`/],
  ];
  for (const [options, message] of WRONG) {
    t.throws(() => new Lambda(options as never), { code: 'ERR_INVALID_ARG', message });
  }
  t.throws(() => stack(made({ outputShape: () => 3 })), { code: 'ERR_INVALID_ARG' });
  await t.rejects(stack(made({ forward: async () => 1 })).predict(x), { code: 'ERR_INVALID_ARG', message: /Promise/ });
  const back = stack(dense(1), made({ backward: () => [1, 2] }));
  await t.rejects(back.fit(x, oneHot, QUIET), { code: 'ERR_SHAPE_MISMATCH', message: /`Lambda.backward.input`/ });
});

t.test('registered functions are saved by their names, others are not', async (t) => {
  const plain = stack(made({ name: 'mine' }), dense(1));
  const refused = { code: 'ERR_UNSUPPORTED', message: /`mine`.*`forward`.*registerSerializable/ };
  await t.rejects(plain.save(`${t.testdir()}/m.keras`), refused);
  for (const format of ['keras', 'h5', 'tfjs', 'safetensors'] as const) await t.rejects(plain.toBytes(format), refused);
  t.throws(() => plain.share(), refused);
  t.strictSame(bits(cloneModel(plain)).length, bits(plain).length, 'a clone in memory has them');
  registerSerializable('test', sine);
  registerSerializable('test', sineBack);
  for (const format of ['keras', 'h5', 'tfjs', 'safetensors'] as const) {
    const model = stack(dense(1), made(), dense(2));
    await model.fit(x, oneHot, QUIET);
    const loaded = (await loadModel(await model.toBytes(format))) as Sequential;
    t.strictSame(loaded.predictSync(x), model.predictSync(x), format);
    loaded.compile({ loss: 'mse' });
    await loaded.fit(x, oneHot, QUIET);
  }
});

t.test('summary', async (t) => {
  t.match(stack(made({ name: 'mine' })).summary({ print: () => {} }), ' Layer: mine on the JavaScript thread');
});
