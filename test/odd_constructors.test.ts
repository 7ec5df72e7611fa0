import {
  Adam,
  averageWeights,
  checkGradient,
  Dense,
  dataset,
  Input,
  MeanSquaredError,
  NonNeg,
  ReLU,
  readCsv,
  Sequential,
  SGD,
  Tensor,
  tensor,
} from 'gemsbok';
import { report } from 'gemsbok/plots';
import t from 'tap';

const QUIET = { verbose: 0, epochs: 2 } as const;

/** An array that says it was made by something else, which `slice`, `map` and others of its methods call. */
const saysOther = <A extends object>(array: A): A =>
  Object.defineProperty(array, 'constructor', { value: { [Symbol.species]: 1 } });
const odd = (...values: unknown[]): never => saysOther(values) as never;

function net(): Sequential {
  const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 1, kernelInitializer: 'ones' })]);
  model.compile({ loss: 'mse', optimizer: new SGD({ learningRate: 0 }) });
  return model;
}

t.test('lists', async (t) => {
  const model = net();
  const config = model.getConfig();
  const layers = odd(...(config.layers as unknown[]));
  t.strictSame(Sequential.fromConfig({ ...config, layers }).getConfig(), config);
  t.strictSame(new Input({ batchShape: odd(null, 2) }).outputShape, [null, 2]);
  const [mean] = averageWeights(odd(odd([1]), odd([3])), { sampleWeight: odd(1, 1) });
  t.equal(mean?.data[0], 2);
  const relu = new ReLU();
  const x = tensor([[1, 2]]);
  t.strictSame(checkGradient(relu, odd(x)), checkGradient(relu, [x]));
  const metrics = odd('mae', 'mse');
  model.compile({ loss: 'mse', metrics, weightedMetrics: metrics });
  const values = await model.evaluate(odd([1, 2], [3, 4]), odd([3], [8]), { verbose: 0 });
  t.strictSame(values, { loss: 0.5, mae: 0.5, mse: 0.5, weighted_mae: 0.5, weighted_mse: 0.5 });
  t.strictSame((model.toJSON().compile_config as { metrics: unknown }).metrics, ['mae', 'mse']);
  const table = await readCsv(() => ['a,b\n1,2\n'], { features: odd('a'), target: odd('b'), columns: { a: odd('1') } });
  for await (const batch of table) t.strictSame([batch.x, batch.y], [Float32Array.of(0), [2]]);
});

t.test('lists of a history', async (t) => {
  t.match(await report({ history: { loss: odd(2, 1) } }, net()), /<td>loss<\/td><td>1<\/td>/);
});

t.test('lists of gradients and of optimizer state', async (t) => {
  const variable = new Float32Array(1);
  new SGD({ learningRate: 1 }).apply(odd([1]), odd(variable));
  t.strictSame([...variable], [-1]);
  const trained = new Adam();
  trained.apply([[1]], [variable]);
  const state = trained.getWeights();
  const restored = new Adam();
  restored.setWeights(odd(...state));
  restored.apply([[0]], [variable]);
  trained.apply([[0]], [variable]);
  t.strictSame(restored.getWeights(), trained.getWeights(), 'before there is a state');
  restored.setWeights(odd(...state));
  t.strictSame(restored.getWeights(), state, 'after');
});

t.test('typed arrays', async (t) => {
  const numbers = () => saysOther(Float32Array.of(1, -2, 3, -4));
  const shaped = () => ({ data: numbers(), shape: [2, 2] });
  const nested = [
    [1, -2],
    [3, -4],
  ];
  const model = net();
  t.strictSame((await model.predict(shaped())).toArray(), [[-1], [-1]]);
  const { history } = await model.fit(shaped(), saysOther(Float64Array.of(-1, 1)), { ...QUIET, batchSize: 1 });
  t.strictSame(history.loss, [2, 2]);
  t.strictSame(tensor(shaped()).toArray(), nested);
  t.strictSame(new Tensor(numbers(), [2, 2]).toArray(), nested);
  t.strictSame(new NonNeg().apply(shaped()).toArray(), [
    [1, 0],
    [3, 0],
  ]);
  const variable = numbers();
  new SGD({ learningRate: 1 }).apply([numbers()], [variable]);
  t.strictSame([...variable], [0, 0, 0, 0], 'written in place');
  t.equal(new MeanSquaredError().compute(numbers(), numbers()), 0);
  class Meters extends Float32Array {
    static get [Symbol.species](): never {
      throw new Error('asked');
    }
  }
  t.strictSame((await model.predict({ data: Meters.of(1, -2), shape: [1, 2] })).toArray(), [[-1]]);
  for await (const { x } of dataset({ x: shaped(), y: saysOther(Float32Array.of(1, 2)) }).batch(2)) {
    t.strictSame(tensor(x as never).toArray(), nested);
  }
});
