import {
  CategoricalCrossentropy,
  getThreads,
  MeanAbsoluteError,
  MeanSquaredError,
  SparseCategoricalCrossentropy,
  setThreads,
  tensor,
} from 'gemsbok';
import t from 'tap';
import { asNd, near } from './helpers/near';
import { LOSS_CASES, type LossCase, makeLoss, type Pair, Random, titleOf, weightingsOf } from './losses.cases';
import { lossCompute, lossGradient } from './oracle/losses';
import { map, type Nd, nd, sizeOf } from './oracle/ndarray';

/** Around the widths of vector registers. */
const LENGTHS = [1, 7, 8, 9, 31, 33];
const SHAPES = LENGTHS.flatMap((rows) => LENGTHS.map((columns) => [rows, columns]));
/** The oracle's central differences cost much more than its values. */
const GRADIENT_SHAPES = [
  [1, 1],
  [7, 1],
  [33, 1],
  [9, 2],
  [1, 8],
  [2, 9],
  [1, 31],
  [1, 33],
  [2, 3, 4],
];

const TOLERANCE = { float32: { value: 1e-5, gradient: 1e-4 }, float64: { value: 1e-11, gradient: 1e-6 } } as const;
const DTYPES = ['float32', 'float64'] as const;
const REDUCTIONS = ['sum_over_batch_size', 'mean', 'sum', 'mean_with_sample_weight', 'none'] as const;

/** Predictions of `shape` where there is one for each target. */
function pairOf({ data, width = 1 }: LossCase, shape: number[]): Pair {
  return data([...shape.slice(0, -1), width * (shape.at(-1) ?? 1)], new Random(1));
}

for (const row of LOSS_CASES) {
  const { name, args } = row;
  t.test(titleOf(row), async (t) => {
    for (const dtype of DTYPES) {
      const tolerance = TOLERANCE[dtype];
      const loss = makeLoss(name, args, { dtype });
      const each = makeLoss(name, args, { dtype, reduction: 'none' });

      t.test(`values are the oracle's in ${dtype}`, async (t) => {
        for (const shape of row.flat ? SHAPES : [...SHAPES, [2, 3, 4]]) {
          const { yTrue, yPred } = pairOf(row, shape);
          const wanted = (reduction: string): Nd =>
            lossCompute(name, args, yTrue, yPred, { precision: dtype, reduction });
          near(t, loss.compute(yTrue, yPred), wanted('mean'), tolerance.value, `mean of [${shape}]`);
          near(t, each.compute(yTrue, yPred), wanted('none'), tolerance.value, `each of [${shape}]`);
        }
      });

      t.test(`gradients are the oracle's differences in ${dtype}`, async (t) => {
        // Vectors of one element and length are no distance apart, where distances are floored.
        for (const shape of row.flat
          ? GRADIENT_SHAPES.filter(([, size, inner]) => !inner && size !== 1)
          : GRADIENT_SHAPES) {
          const { yTrue, yPred } = pairOf(row, shape);
          const wanted = lossGradient(name, args, yTrue, yPred, { precision: dtype, reduction: 'sum' });
          for (const one of [each, makeLoss(name, args, { dtype, reduction: 'sum' })]) {
            near(t, one.gradient(yTrue, yPred), wanted, tolerance.gradient, `${one.reduction} of [${shape}]`);
          }
        }
      });

      t.test(`one pass gives what two give in ${dtype}`, async (t) => {
        for (const shape of SHAPES) {
          const { yTrue, yPred } = pairOf(row, shape);
          for (const one of [loss, each]) {
            const { value, gradient } = one.valueAndGradient(yTrue, yPred);
            t.strictSame(value, one.compute(yTrue, yPred), `value of [${shape}]`);
            t.strictSame(gradient, one.gradient(yTrue, yPred), `gradient of [${shape}]`);
          }
        }
      });
    }

    t.test('reductions, weights and masks', async (t) => {
      for (const { what, shape, options } of weightingsOf(row)) {
        const { yTrue, yPred } = pairOf(row, shape);
        for (const reduction of REDUCTIONS) {
          const oracle = { ...options, precision: 'float64', reduction } as const;
          const loss = makeLoss(name, args, { dtype: 'float64', reduction });
          const { value, gradient } = loss.valueAndGradient(yTrue, yPred, options);
          near(t, value, lossCompute(name, args, yTrue, yPred, oracle), 1e-11, `${reduction}, ${what}`);
          near(t, gradient, lossGradient(name, args, yTrue, yPred, oracle), 1e-6, `d ${reduction}, ${what}`);
        }
      }
    });

    t.test("extreme scores are finite where Keras' are", async (t) => {
      // No sum of four of them is 0, by which probabilities would be divided.
      const extremes = [1e4, -9e3, 3];
      const shape = [81, 4];
      const { yTrue } = row.data(shape, new Random(1));
      const yPred = nd(
        shape,
        Array.from({ length: 81 * 4 }, (_, i) => extremes[Math.floor((i >> 2) / 3 ** (i % 4)) % 3] ?? 0),
      );
      for (const dtype of DTYPES) {
        const { value, gradient } = makeLoss(name, args, { dtype, reduction: 'none' }).valueAndGradient(yTrue, yPred);
        const wanted = lossCompute(name, args, yTrue, yPred, { precision: dtype, reduction: 'none' });
        // In float32 a factor of 1e8 meets logarithms near 0, which the oracle's bounds do not round.
        if (dtype === 'float64') near(t, value, wanted, TOLERANCE[dtype].value, dtype);
        const finite = (i: number): boolean => Number.isFinite(wanted.data[wanted.data.length === 1 ? 0 : i >> 2]);
        const { data } = asNd(gradient);
        t.ok(
          data.every((slope, i) => Number.isFinite(slope) || !finite(i)),
          `gradient in ${dtype}`,
        );
        t.ok(
          asNd(value).data.every((own, r) => Number.isFinite(own) || !finite(r << 2)),
          `value in ${dtype}`,
        );
      }
    });

    t.test('NaN stays NaN', async (t) => {
      for (const length of LENGTHS) {
        const { yTrue, yPred } = pairOf(row, [3, length]);
        // Of every row, as a class that is ignored hides its row.
        const size = yPred.data.length / 3;
        for (let r = 1; r <= 3; r++) yPred.data[r * size - 1] = Number.NaN;
        const wanted = lossCompute(name, args, yTrue, yPred, { precision: 'float32', reduction: 'none' });
        near(t, makeLoss(name, args, { reduction: 'none' }).compute(yTrue, yPred), wanted, 1e-5, `${length}`);
      }
    });

    t.test('rows may be permuted and split', async (t) => {
      const [rows, columns] = [9, 4];
      const { yTrue, yPred } = pairOf(row, [rows, columns]);
      const each = makeLoss(name, args, { reduction: 'none' });
      const values = asNd(each.compute(yTrue, yPred));
      const order = [4, 0, 8, 2, 7, 1, 3, 6, 5];
      const permuted = asNd(each.compute(rowsOf(yTrue, order), rowsOf(yPred, order)));
      if (row.whole) {
        near(t, permuted, values.shape.length === 0 ? values : rowsOf(values, order), 1e-6, 'permuted');
        return;
      }
      t.strictSame(permuted, rowsOf(values, order), 'permuted');
      const parts = [order.slice(0, 2), order.slice(2)].map((part) =>
        asNd(each.compute(rowsOf(yTrue, part), rowsOf(yPred, part))),
      );
      t.strictSame(
        parts.flatMap(({ data }) => [...data]),
        [...rowsOf(values, order).data],
        'split',
      );
    });

    if (row.shift) {
      t.test('a shift of all logits changes nothing', async (t) => {
        const { yTrue, yPred } = pairOf(row, [9, 7]);
        const loss = makeLoss(name, args, { dtype: 'float64' });
        const wanted = loss.valueAndGradient(yTrue, yPred);
        for (const by of [-700, 0.5, 3, 1e4]) {
          const { value, gradient } = loss.valueAndGradient(
            yTrue,
            map(yPred, (z) => z + by),
          );
          near(t, value, wanted.value, 1e-10, `value, ${by}`);
          near(t, gradient, wanted.gradient, 1e-10, `gradient, ${by}`);
        }
      });
    }
  });
}

function rowsOf(x: Nd, order: number[]): Nd {
  const size = sizeOf(x.shape.slice(1));
  const data = order.flatMap((r) => [...x.data.subarray(r * size, (r + 1) * size)]);
  return nd([order.length, ...x.shape.slice(1)], data);
}

t.test("the post's figures", async (t) => {
  const probabilities = [
    [0.15, 0.75, 0.1],
    [0.75, 0.15, 0.1],
  ];
  const oneHot = [
    [0, 1, 0],
    [1, 0, 0],
  ];
  t.equal(new MeanAbsoluteError().compute([1, 0], [2, 3]), 2);
  t.equal(new MeanSquaredError().compute([1, 0], [2, 3]), 5);
  near(t, new CategoricalCrossentropy().compute(oneHot, probabilities), 0.2876821, 1e-7, 'one-hot');
  near(t, new SparseCategoricalCrossentropy().compute([1, 0], probabilities), 0.2876821, 1e-7, 'indices');
});

t.test('data comes in many forms', async (t) => {
  const loss = new MeanSquaredError({ reduction: 'none' });
  const shape = [2, 2];
  const wanted = loss.compute({ data: new Float32Array(4), shape }, { data: Float32Array.of(1, 0, 3, 1), shape });
  const forms = {
    'nested numbers': [
      [1, 0],
      [3, 1],
    ],
    'nested numbers and booleans': [
      [true, false],
      [3, 1],
    ],
    'a row each': [Float64Array.of(1, 0), Float32Array.of(3, 1)],
    'a tensor': tensor([1, 0, 3, 1], { shape }),
    bytes: { data: Uint8Array.of(1, 0, 3, 1), shape },
    'clamped bytes': { data: Uint8ClampedArray.of(1, 0, 3, 1), shape },
    integers: { data: Int32Array.of(1, 0, 3, 1), shape },
    'big integers': { data: BigInt64Array.of(1n, 0n, 3n, 1n), shape },
    'shared memory': { data: new Float32Array(new SharedArrayBuffer(16)).fill(1), shape },
  } as const;
  for (const [what, yPred] of Object.entries(forms)) {
    const expected = what === 'shared memory' ? [1, 1] : wanted.toArray();
    t.strictSame(loss.compute([new Uint8Array(2), new Int16Array(2)], yPred).toArray(), expected, what);
  }
  t.strictSame(loss.compute(new Uint8Array(4), Float32Array.of(1, 0, 3, 1)).toArray(), 2.75, 'vectors');
  const none = (data: BigInt64Array | Float32Array) => loss.compute({ data, shape: [0, 2] }, { data, shape: [0, 2] });
  t.strictSame(none(new BigInt64Array(0)), none(new Float32Array(0)), 'no big integers');
  const error = Math.fround(Math.fround(0.3) - Math.fround(0.1));
  t.equal(new MeanSquaredError().compute([0.1], [0.3]), Math.fround(error ** 2), 'numbers become float32');
});

t.test('the same bits for every number of threads', async (t) => {
  const before = getThreads();
  t.teardown(() => setThreads(before));
  for (const row of new Map(LOSS_CASES.map((row) => [row.name, row])).values()) {
    // Large enough for the team, and for more than one tile; pairs are many more than rows.
    const shape = [row.flat ? 1 << 8 : 1 << 16, 5];
    const { yTrue, yPred } = pairOf(row, shape);
    const results = [1, 2, 3].map((threads) => {
      setThreads(threads);
      // A float32 would hide in which order the tiles were added up.
      const { value, gradient } = makeLoss(row.name, row.args, { dtype: 'float64' }).valueAndGradient(yTrue, yPred);
      return { value, gradient: new Uint32Array(gradient.data.buffer) };
    });
    for (const other of results.slice(1)) {
      t.equal(other.value, results[0]?.value, titleOf(row));
      t.ok(
        results[0]?.gradient.every((bits, i) => bits === other.gradient[i]),
        titleOf(row),
      );
    }
  }
});

t.test('many small numbers are not lost in one float', async (t) => {
  const size = 1 << 22;
  const loss = new MeanSquaredError({ reduction: 'sum' });
  near(t, loss.compute(new Float32Array(size), new Float32Array(size).fill(0.1)), 0.01, 1e-6, 'mean of a vector');
  const column = { data: new Float32Array(size), shape: [size, 1] };
  near(t, loss.compute(column, { ...column, data: new Float32Array(size).fill(0.1) }), 0.01 * size, 1e-6, 'sum');
});
