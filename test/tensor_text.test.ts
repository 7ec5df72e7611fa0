import { inspect } from 'node:util';
import { Dense, type Dtype, Input, Model, Sequential, type Tensor, tensor } from 'gemsbok';
import t from 'tap';

const DTYPES: readonly Dtype[] = [
  'float32',
  'float64',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
];
const range = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => i);

t.test('JSON holds nested arrays of every type and shape', async (t) => {
  for (const dtype of DTYPES) {
    for (const [shape, nested] of [
      [[], 0],
      [[3], [0, 1, 2]],
      [
        [2, 2],
        [
          [0, 1],
          [2, 3],
        ],
      ],
      [
        [1, 2, 2],
        [
          [
            [0, 1],
            [2, 3],
          ],
        ],
      ],
      [
        [2, 0],
        [[], []],
      ],
      [[0], []],
    ] as const) {
      const made = tensor(range(shape.reduce<number>((a, b) => a * b, 1)), { shape, dtype });
      t.strictSame(JSON.parse(JSON.stringify({ made })), { made: nested }, `${dtype} [${shape.join()}]`);
    }
  }
  t.equal(JSON.stringify(tensor([Number.NaN, Number.POSITIVE_INFINITY, 0.5])), '[null,null,0.5]');
});

t.test('what a model predicts is what a client expects', async (t) => {
  const kernelInitializer = 'ones';
  const one = new Sequential([new Input({ shape: [2] }), new Dense({ units: 1, kernelInitializer })]);
  t.equal(
    JSON.stringify(
      await one.predict([
        [1, 2],
        [0.5, 1],
      ]),
    ),
    '[[3],[1.5]]',
  );
  const input = new Input({ shape: [1] });
  const outputs = [1, 2].map((units) => new Dense({ units, kernelInitializer }).apply(input));
  const two = new Model({ inputs: input, outputs });
  t.equal(JSON.stringify(await two.predict([[1], [2]])), '[[[1],[2]],[[1,1],[2,2]]]');
});

t.test('a tensor reads as its numbers', async (t) => {
  const rows: readonly (readonly [Tensor, string])[] = [
    [tensor(0.1), 'Tensor float32 [] 0.1'],
    [tensor([0.1, 1 / 3, 1e-10, -2, 16777216]), 'Tensor float32 [5] [0.1, 0.33333334, 1e-10, -2, 16777216]'],
    [tensor(Float64Array.of(0.1, 1 / 3)), 'Tensor float64 [2] [0.1, 0.3333333333333333]'],
    [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      'Tensor float32 [2, 2] [[1, 2],\n [3, 4]]',
    ],
    [tensor([Number.NaN, Number.NEGATIVE_INFINITY]), 'Tensor float32 [2] [NaN, -Infinity]'],
    [tensor(BigInt64Array.of(2n ** 53n + 1n)), 'Tensor int64 [1] [9007199254740993]'],
    [tensor([], { shape: [0, 3] }), 'Tensor float32 [0, 3] []'],
    [tensor(range(9)), 'Tensor float64 [9] [0, 1, 2, ..., 6, 7, 8]'],
    [tensor(range(8)), 'Tensor float64 [8] [0, 1, 2, 3, 4, 5, 6, 7]'],
  ];
  for (const [made, text] of rows) {
    t.equal(String(made), text);
    t.equal(inspect(made), text, 'as the console shows it');
    t.equal(inspect({ made }).includes(text.split('\n')[0] ?? ''), true, 'within an object');
  }
  const large = String(tensor(new Float32Array(1e6), { shape: [1000, 10, 100] }));
  t.ok(large.length < 5000 && large.includes('...'), `${large.length} letters for a million numbers`);
  // Each shown float32 is the one that is held.
  const values = Float32Array.from({ length: 8 }, (_, i) => Math.exp(7 * i - 20) * (i % 2 === 0 ? 1 : -1));
  const shown = String(tensor(values)).match(/\[(-?\d[^\]]*e[^\]]*)\]$/)?.[1] ?? '';
  t.strictSame(Float32Array.from(shown.split(', '), Number), values);
});
