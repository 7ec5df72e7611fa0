import {
  BatchNormalization,
  Constraint,
  Dense,
  Initializer,
  Input,
  Layer,
  type LayerOptions,
  LearningRateSchedule,
  loadModel,
  Metric,
  Optimizer,
  Regularizer,
  registerSerializable,
  Sequential,
  type SymbolicTensor,
  type Tensor,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { bits, INPUTS, oneHot, QUIET, x } from './models.cases';

type Floats = Tensor<Float32Array>;

class Ramp extends Initializer {
  override compute(shape: readonly number[]): Float32Array {
    return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
  }
}
class Pull extends Regularizer {
  override compute(w: Floats): number {
    return w.data.reduce((sum, value) => sum + value ** 4, 0);
  }
  override gradient(w: Floats): Tensor {
    return { data: w.data.map((value) => 4 * value ** 3), shape: w.shape } as Tensor;
  }
}
class Bound extends Constraint {
  override apply(w: Floats): Tensor {
    return { data: w.data.map((value) => Math.min(value, 0.9)), shape: w.shape } as Tensor;
  }
}
class Slow extends LearningRateSchedule {
  at(step: number): number {
    return 0.1 / (step + 1);
  }
  override getConfig(): Record<string, unknown> {
    return {};
  }
}
class Momentum extends Optimizer {
  override updateStep(
    g: Float32Array,
    w: Float32Array,
    slots: Record<string, Float32Array>,
    { learningRate }: { learningRate: number },
  ): void {
    slots.m ??= new Float32Array(w.length);
    const { m } = slots;
    for (let i = 0; i < w.length; i++) {
      m[i] = 0.9 * (m[i] ?? 0) - learningRate * (g[i] ?? 0);
      w[i] = (w[i] ?? 0) + (m[i] ?? 0);
    }
  }
}
class Scale extends Layer {
  readonly factor: number;
  constructor({ factor = 2, ...options }: LayerOptions & { readonly factor?: number } = {}) {
    super(options);
    this.factor = factor;
  }
  override build(): void {
    this.addWeight({ name: 'scale', shape: [], initializer: 'ones' });
  }
  override forward({ data }: Floats, [scale]: readonly Floats[]): Float32Array {
    return data.map((v) => v * this.factor * (scale?.data[0] ?? 0));
  }
  override backward({ data }: Floats, grad: Floats, [scale]: readonly Floats[]) {
    const own = data.reduce((sum, v, i) => sum + v * this.factor * (grad.data[i] ?? 0), 0);
    return { input: grad.data.map((g) => g * this.factor * (scale?.data[0] ?? 0)), weights: [own] };
  }
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), factor: this.factor };
  }
}
class Pair extends Layer {
  readonly first = new Dense({ units: 4, kernelInitializer: new Ramp() });
  override call(input: SymbolicTensor): SymbolicTensor {
    return this.first.apply(input);
  }
}
class Largest extends Metric {
  #largest = 0;
  updateState(yTrue: Floats, yPred: Floats): void {
    for (const [i, p] of yPred.data.entries())
      this.#largest = Math.max(this.#largest, Math.abs(p - (yTrue.data[i] ?? 0)));
  }
  result(): number {
    return this.#largest;
  }
  resetState(): void {
    this.#largest = 0;
  }
}
const CLASSES = { Ramp, Pull, Bound, Slow, Momentum, Scale, Pair, Largest };

function model(): Sequential {
  const made = new Sequential([
    new Input({ shape: [INPUTS] }),
    new Pair(),
    new Scale({ factor: 0.5 }),
    new Dense({
      units: 3,
      kernelInitializer: new Ramp(),
      kernelRegularizer: new Pull(),
      kernelConstraint: new Bound(),
    }),
  ]);
  made.compile({ optimizer: new Momentum({ learningRate: new Slow() }), loss: 'mse', metrics: [new Largest()] });
  return made;
}

async function goesOn(t: Test, customObjects: object): Promise<void> {
  const folder = t.testdir();
  for (const name of ['m.keras', 'm.h5']) {
    const made = model();
    await made.fit(x, oneHot, QUIET);
    await made.save(`${folder}/${name}`);
    const loaded = (await loadModel(`${folder}/${name}`, { customObjects } as never)) as Sequential;
    t.strictSame(bits(loaded), bits(made), `${name}: weights`);
    for (const one of [made, loaded]) await one.fit(x, oneHot, { ...QUIET, initialEpoch: 3, epochs: 5 });
    t.strictSame(bits(loaded), bits(made), `${name}: goes on with the same bits`);
    t.strictSame(await loaded.evaluate(x, oneHot), await made.evaluate(x, oneHot), name);
  }
}
t.test('files of classes of the caller', async (t) => {
  await t.rejects(goesOn(t, {}), { code: 'ERR_UNSUPPORTED' }, 'unknown');
  await goesOn(t, CLASSES);
  for (const [name, type] of Object.entries(CLASSES)) t.equal(registerSerializable('mine', type), `mine>${name}`);
  await goesOn(t, {});
  const config = JSON.parse(JSON.stringify(model()));
  t.equal(config.config.layers[1].registered_name, 'mine>Pair');
  t.equal(config.compile_config.optimizer.registered_name, 'mine>Momentum');
  t.equal(config.config.layers[3].config.kernel_regularizer.registered_name, 'mine>Pull');
  const named = new Dense({ units: 1, kernelInitializer: 'mine>Ramp', kernelRegularizer: 'mine>Pull' });
  t.ok(named.kernelInitializer instanceof Ramp && named.kernelRegularizer instanceof Pull);
  model().compile({ optimizer: 'mine>Momentum', loss: 'mse', metrics: ['mine>Largest'] });
  t.throws(() => registerSerializable('mine', Pull, 'Ramp'), { code: 'ERR_INVALID_ARG' });
  t.throws(() => registerSerializable('', Pull), { code: 'ERR_INVALID_ARG' });
  t.throws(() => registerSerializable('mine', 1 as never), { code: 'ERR_INVALID_ARG' });
});

t.test('registered functions are losses and metrics by their names', async (t) => {
  const farthest = (yTrue: Floats, yPred: Floats): number =>
    yPred.data.reduce((most, p, i) => Math.max(most, Math.abs(p - (yTrue.data[i] ?? 0))), 0);
  const halfSquares = (yTrue: Floats, yPred: Floats) => {
    const errors = yPred.data.map((p, i) => p - (yTrue.data[i] ?? 0));
    return { value: errors.reduce((sum, e) => sum + (e * e) / 2, 0), gradient: { data: errors, shape: yPred.shape } };
  };
  registerSerializable('mine', farthest);
  registerSerializable('mine', halfSquares);
  const made = (loss: unknown, metric: unknown): Sequential => {
    const named = new Sequential([
      new Input({ shape: [INPUTS] }),
      new Dense({ units: 3, kernelInitializer: new Ramp() }),
    ]);
    named.compile({ optimizer: 'sgd', loss: loss as 'mine>halfSquares', metrics: [metric as 'mine>farthest'] });
    return named;
  };
  const [named, given] = [made('mine>halfSquares', 'mine>farthest'), made(halfSquares, farthest)];
  const wanted = await given.evaluate(x, oneHot);
  t.strictSame(await named.evaluate(x, oneHot), wanted);
  t.ok(Number(wanted.farthest) > 0);
  const loaded = (await loadModel(await named.toBytes('keras'))) as Sequential;
  t.strictSame(await loaded.evaluate(x, oneHot), wanted, 'a file has the names');
  t.throws(() => made('mine>nothing', 'mse'), { code: 'ERR_INVALID_ARG' });
});

t.test('layers within composed ones stand where Keras has them', async (t) => {
  class Block extends Layer {
    readonly lastOne = new Dense({ units: 2 });
    readonly rest = [new Dense({ units: 3 }), new BatchNormalization(), new Dense({ units: 3 })];
    readonly inner = new Sequential([new Dense({ units: 3 }), new Pair()]);
    override call(input: SymbolicTensor): SymbolicTensor {
      const all = [...this.rest, this.inner, this.lastOne, new Dense({ units: 2 })];
      return all.reduce((tensor, layer) => layer.apply(tensor) as SymbolicTensor, input);
    }
  }
  const made = (): Sequential => new Sequential([new Input({ shape: [INPUTS] }), new Block(), new Block()]);
  const wanted = made();
  for (const format of ['keras', 'h5', 'safetensors', 'tfjs'] as const) {
    const loaded = (await loadModel(await wanted.toBytes(format), {
      customObjects: { Block, Pair } as never,
    })) as Sequential;
    t.strictSame(bits(loaded), bits(wanted), format);
  }
  const path = `${t.testdir()}/m.weights.h5`;
  await wanted.saveWeights(path);
  const { File, ready } = await import('h5wasm/node');
  await ready;
  const file = new File(path, 'r');
  const [first] = wanted.layers as [Block];
  const places: readonly (readonly [string, Layer])[] = [
    ['last_one', first.lastOne],
    ['rest/dense', first.rest[0] as Layer],
    ['rest/batch_normalization', first.rest[1] as Layer],
    ['rest/dense_1', first.rest[2] as Layer],
    ['inner/layers/dense', first.inner.layers[0] as Layer],
    ['inner/layers/pair/first', (first.inner.layers[1] as Pair).first],
  ];
  for (const [place, layer] of places) {
    for (const [i, { data }] of layer.getWeights().entries()) {
      const array = file.get(`layers/block/${place}/vars/${i}`) as { value?: unknown } | null;
      t.strictSame(Array.from((array?.value ?? []) as Float32Array), Array.from(data), `${place}: ${i}`);
    }
  }
  t.ok(file.get('layers/block_1/rest/dense_1/vars/0'), 'the second one');
  t.ok(file.get('layers/block/vars/0'), 'what stands in no field');
  file.close();
  const again = made();
  await again.loadWeights(path);
  t.strictSame(bits(again), bits(wanted));
});
