import { Loss, type LossOut, MeanSquaredError, type Tensor, tensor } from 'gemsbok';
import t from 'tap';
import { LOSS_CASES, makeLoss, Random, titleOf, weightingsOf } from './losses.cases';

const random = new Random(7);

const WAYS = ['sum_over_batch_size', 'none', 'mean_with_sample_weight'].flatMap((reduction) => [
  { reduction, dtype: 'float32', type: Float32Array } as const,
  { reduction, dtype: 'float64', type: Float64Array } as const,
]);

t.test('gradients go where the caller wants them, with the bits that they have elsewhere', async (t) => {
  for (const one of LOSS_CASES) {
    for (const { what, shape, options } of weightingsOf(one)) {
      const { yTrue, yPred } = one.data([...shape.slice(0, -1), (shape.at(-1) ?? 1) * (one.width ?? 1)], random);
      for (const { type, ...way } of WAYS) {
        const loss = makeLoss(one.name, one.args, way);
        const expected = loss.valueAndGradient(yTrue, yPred, options);
        const gradient = new type(yPred.data.length).fill(Number.NaN);
        const result = loss.valueAndGradient(yTrue, yPred, { ...options, out: { gradient } });
        t.equal(result.gradient.data, gradient, `${titleOf(one)} ${JSON.stringify(way)}, ${what}`);
        t.same([gradient, result.gradient.shape, result.value], [expected.gradient.data, yPred.shape, expected.value]);
      }
    }
  }
});

t.test('also those of targets that are repeated, of any axis, and of losses of the caller', async (t) => {
  class HalfSquare extends Loss<'sum'> {
    override valueAndGradientOf(yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>) {
      const errors = Float32Array.from(yPred.data, (p, i) => p - (yTrue.data[i] ?? 0));
      return { value: { data: errors.map((e) => e ** 2 / 2), shape: yPred.shape }, gradient: tensor(errors) };
    }
  }
  const gradient = new Float32Array(4);
  new HalfSquare({ reduction: 'sum' }).valueAndGradient([1, 2, 3, 4], [2, 4, 6, 8], { out: { gradient } });
  t.same([...gradient], [1, 2, 3, 4]);
  const kept = tensor(new Float32Array(4), { shape: [2, 2] });
  const mse = new MeanSquaredError({ reduction: 'sum' });
  const { gradient: result } = mse.valueAndGradient(
    [[1], [2]],
    [
      [2, 3],
      [4, 5],
    ],
    { out: { gradient: kept as never } },
  );
  t.equal(result.data, kept.data);
  t.same(kept.toArray(), [
    [1, 2],
    [2, 3],
  ]);
  // One prediction for two targets, and weights of a larger shape than the values.
  const one = new Float32Array(1);
  mse.valueAndGradient([[1, 3]], [[4]], { out: { gradient: one } });
  t.equal(one[0], 4);
  mse.valueAndGradient([4], [[1]] as never, { sampleWeight: [[1], [2]], out: { gradient: one } });
  t.equal(one[0], -18);
});

t.test('arrays that cannot take them are refused', async (t) => {
  const yPred = new Float32Array([1, 2, 3]);
  const memory = new Float32Array(6);
  const gone = new Float32Array(3);
  structuredClone(gone, { transfer: [gone.buffer] });
  const refused: readonly [what: string, gradient: unknown, code: string, message: RegExp, read?: Float32Array][] = [
    ['another type', new Float64Array(3), 'ERR_INVALID_ARG', /a Float32Array, as the loss computes in float32/],
    ['numbers', [0, 0, 0], 'ERR_INVALID_ARG', /a Float32Array/],
    ['nothing', undefined, 'ERR_INVALID_ARG', /a Float32Array/],
    ['too few', new Float32Array(2), 'ERR_SHAPE_MISMATCH', /3 elements/],
    ['a buffer that was transferred', gone, 'ERR_SHAPE_MISMATCH', /3 elements/],
    ['shared memory', new Float32Array(new SharedArrayBuffer(12)), 'ERR_INVALID_ARG', /no other thread/],
    ['the predictions', yPred, 'ERR_INVALID_ARG', /shares memory with `yPred`/],
    ['part of them', memory.subarray(2, 5), 'ERR_INVALID_ARG', /shares memory with `yPred`/, memory.subarray(0, 3)],
  ];
  const mse = new MeanSquaredError();
  for (const [what, gradient, code, message, read = yPred] of refused) {
    const out = { gradient } as LossOut;
    t.throws(() => mse.valueAndGradient([1, 2, 3], read, { out }), { code, message }, what);
  }
  t.throws(() => mse.valueAndGradient([1], [1], { out: { gradients: 1 } as never }), { code: 'ERR_INVALID_ARG' });
  t.throws(() => mse.compute([1], [1], { out: { gradient: memory } } as never), { code: 'ERR_INVALID_ARG' });
  t.throws(() => mse.valueAndGradient(yPred, [1, 2, 3], { out: { gradient: yPred } }), { message: /`yTrue`/ });
  const beside = mse.valueAndGradient([1, 2, 3], memory.subarray(0, 3), { out: { gradient: memory.subarray(3) } });
  t.equal(beside.gradient.data.length, 3);
});
