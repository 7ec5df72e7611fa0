import { Dense, dataset, type Element, Input, Model, type SymbolicTensor, type Tensor } from 'gemsbok';
import t, { type Test } from 'tap';
import { near } from './helpers/near';
import { sequence } from './helpers/numbers';

const ROWS = 20;

function floats(columns: number[], seed: number): { data: Float32Array; shape: number[] } {
  const shape = [ROWS, ...columns];
  return {
    data: Float32Array.from(
      sequence(
        shape.reduce((size, length) => size * length, 1),
        seed,
      ),
    ),
    shape,
  };
}

const x = { a: floats([2], 1), b: floats([3, 2], 2) };
const y = { p: floats([1], 3), q: floats([3, 1], 4) };
const sampleWeight = {
  p: Float32Array.from({ length: ROWS }, (_, i) => 1 + (i % 3)),
  q: { data: Float32Array.from({ length: ROWS * 3 }, (_, i) => (i % 5) / 2), shape: [ROWS, 3] },
};

type Part = { data: Float32Array; shape: number[] };

const rowOf = ({ data, shape: [, ...shape] }: Part, row: number): Part => {
  const size = shape.reduce((product, length) => product * length, 1);
  return { data: data.slice(row * size, (row + 1) * size), shape };
};

/** Two inputs and two outputs, the second of which has steps. */
function twoByTwo(): Model<SymbolicTensor[]> {
  const ones = { kernelInitializer: 'ones', useBias: false } as const;
  const [a, b] = [new Input({ shape: [2], name: 'a' }), new Input({ shape: [3, 2], name: 'b' })];
  const p = new Dense({ units: 1, name: 'p', ...ones }).apply(a);
  const q = new Dense({ units: 1, name: 'q', ...ones }).apply(b);
  const model = new Model({ inputs: [a, b], outputs: [p, q] });
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: { p: 'mae' }, weightedMetrics: { q: 'mae' } });
  return model;
}

const rows = Array.from({ length: ROWS }, (_, row) => ({
  x: { a: rowOf(x.a, row), b: rowOf(x.b, row) },
  y: { p: rowOf(y.p, row), q: rowOf(y.q, row) },
  sampleWeight: { p: sampleWeight.p[row] ?? 0, q: rowOf(sampleWeight.q, row) },
}));

const DATASETS = {
  'arrays by name': () => dataset({ x, y, sampleWeight }),
  'arrays by name in another order': () => dataset({ x: { b: x.b, a: x.a }, y: { q: y.q, p: y.p }, sampleWeight }),
  'arrays in lists': () => {
    const weights = { data: sampleWeight.p, shape: [ROWS] };
    return dataset({ x: [x.a, x.b], y: [y.p, y.q], sampleWeight: [weights, sampleWeight.q] });
  },
  'rows by name': () => dataset(rows),
  'rows in lists': () =>
    dataset(
      rows.map(({ x: own, y: target, sampleWeight: weight }) => ({
        x: [own.a, own.b],
        y: [target.p, target.q],
        sampleWeight: [{ data: Float32Array.of(weight.p), shape: [] }, weight.q],
      })),
    ),
  'rows as triples': () => dataset(rows.map((row) => [row.x, row.y, row.sampleWeight] as const)),
  'rows of kept arrays': () => dataset({ x, y, sampleWeight }).map((element) => element),
  'batches of kept arrays': () => dataset({ x, y, sampleWeight }).batch(8),
  'rows in batches': () => dataset(rows).batch(8),
  'rows put side by side': () =>
    dataset(rows.map((row) => ({ x: row.x }))).zip(
      dataset(rows.map((row) => ({ x: row.y }))),
      dataset(rows.map((row) => ({ x: row.sampleWeight }))),
    ),
};

const bits = (tensors: readonly Tensor[]): number[][] => tensors.map(({ data }) => Array.from(data, Number));

t.test('several inputs and outputs, from a data set as from arrays', async (t: Test) => {
  const wanted = twoByTwo();
  const options = { batchSize: 8, epochs: 2, verbose: 0, shuffle: false } as const;
  const { history } = await wanted.fit(x, y, { ...options, sampleWeight });
  const logs = await wanted.evaluate(x, y, { batchSize: 8, sampleWeight });
  const outputs = bits(await wanted.predict(x));
  t.strictSame(Object.keys(history), ['loss', 'p_loss', 'q_loss', 'p_mae', 'q_mae']);
  for (const [name, make] of Object.entries(DATASETS)) {
    const model = twoByTwo();
    const data = make();
    const { batchSize, shuffle, ...others } = options;
    const size = data.isBatched ? {} : { batchSize };
    const order = name.startsWith('arrays') ? { shuffle } : {};
    t.strictSame((await model.fit(data, { ...others, ...size, ...order })).history, history, `fit: ${name}`);
    t.strictSame(bits(model.getWeights()), bits(wanted.getWeights()), `weights: ${name}`);
    const found = await model.evaluate(make(), size);
    t.strictSame(Object.keys(found), Object.keys(logs));
    // Means of batches are added in another order.
    for (const [key, value] of Object.entries(logs)) near(t, found[key] ?? Number.NaN, value, 1e-14, `${key}: ${name}`);
    t.strictSame(bits(await model.predict(make())), outputs, `predict: ${name}`);
    const other = twoByTwo();
    const validated = await other.fit(x, y, {
      ...options,
      sampleWeight,
      validationData: make(),
      validationBatchSize: 8,
    });
    near(t, validated.history.val_loss?.[1] ?? Number.NaN, logs.loss ?? Number.NaN, 1e-14, `validation: ${name}`);
  }
});

t.test('mistakes', async (t) => {
  const model = twoByTwo();
  const fit = (data: ReturnType<typeof dataset>) => () => model.fit(data, { verbose: 0 });
  const mistakes: readonly (readonly [what: string, make: () => unknown, code: string, message: RegExp])[] = [
    ['one input of two', fit(dataset({ x: x.a, y })), 'ERR_INVALID_ARG', /for `a`, `b`/],
    ['an input of no such name', fit(dataset({ x: { a: x.a, c: x.b }, y })), 'ERR_INVALID_ARG', /names among `a`, `b`/],
    [
      'an input of another shape',
      fit(dataset({ x: { a: x.b, b: x.b }, y })),
      'ERR_SHAPE_MISMATCH',
      /\[batch, 2\] for `x\.a`/,
    ],
    ['inputs of different lengths', () => dataset({ x: { a: x.a, b: [[[1, 2]]] } }), 'ERR_SHAPE_MISMATCH', /`x\.b`/],
    ['targets of another length', () => dataset({ x, y: { p: [[1]], q: y.q } }), 'ERR_SHAPE_MISMATCH', /`y\.p`/],
    [
      'weights of another length',
      () => dataset({ x, y, sampleWeight: { p: [1], q: null } }),
      'ERR_SHAPE_MISMATCH',
      /`sampleWeight\.p`/,
    ],
    ['no numbers', () => dataset({ x: { a: 'no', b: x.b } } as never), 'ERR_INVALID_ARG', /`x\.a`/],
    [
      'a row without an input',
      fit(dataset([rows[0], { ...rows[1], x: { a: [1, 2] } }] as never)),
      'ERR_INVALID_ARG',
      /`row\[1\]\.x\.b`/,
    ],
    [
      'a row of one input',
      fit(dataset([rows[0], { ...rows[1], x: [1, 2] }] as never)),
      'ERR_INVALID_ARG',
      /`row\[1\]\.x/,
    ],
    [
      'a row of another shape',
      fit(dataset([rows[0], { ...rows[1], x: { a: [1], b: [[1, 2]] } }] as never)),
      'ERR_SHAPE_MISMATCH',
      /`row\[1\]\.x\.a`/,
    ],
  ];
  for (const [what, make, code, message] of mistakes) {
    await t.rejects(async () => make(), { code, message }, what);
  }
});

t.test('the elements of kept arrays', async (t) => {
  const seen: Element[] = [];
  for await (const element of dataset({ x, y, sampleWeight })) seen.push(element);
  t.equal(seen.length, ROWS);
  const [first] = seen;
  const expected = { x: { a: { shape: [2] }, b: { shape: [3, 2] } }, sampleWeight: { p: 1, q: { shape: [3] } } };
  t.match(first, expected);
});
