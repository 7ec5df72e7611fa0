import { averageWeights, Dense, Input, Sequential } from 'gemsbok';
import t from 'tap';
import { near } from './helpers/near';

const model = (kernel: readonly number[], bias: number): Sequential => {
  const made = new Sequential([new Input({ shape: [2] }), new Dense({ units: 1 })]);
  made.setWeights([kernel.map((value) => [value]), [bias]]);
  return made;
};

t.test('means of models, or of their weights, each by its share', async (t) => {
  const [a, b] = [model([1, 2], 3), model([5, 10], -1)];
  const shapes = [
    { data: [3, 6], shape: [2, 1] },
    { data: [1], shape: [1] },
  ];
  for (const [given, what] of [
    [[a, b], 'models'],
    [[a.getWeights(), b], 'weights and a model'],
    [[[[[1], [2]], [3]], b.getWeights()], 'plain arrays'],
  ] as const) {
    for (const [i, mean] of averageWeights(given as never).entries()) near(t, mean, shapes[i] as never, 0, what);
  }
  const weighted = averageWeights([a, b], { sampleWeight: [30, 10] });
  near(t, weighted[0] as never, { data: [2, 4], shape: [2, 1] }, 1e-7, 'three quarters of the first');
  near(
    t,
    averageWeights([a, b], { sampleWeight: [0, 2] })[1] as never,
    { data: [-1], shape: [1] },
    0,
    'none of the first',
  );
  t.strictSame(averageWeights([a]).map(String), a.getWeights().map(String), 'of one alone');
  a.setWeights(weighted);
  t.strictSame(a.getWeights().map(String), weighted.map(String), 'they may be set');
  t.strictSame(averageWeights([[], []]), [], 'models without weights');
});

t.test('what are no models of one architecture', async (t) => {
  const a = model([1, 2], 3);
  const other = new Sequential([new Input({ shape: [3] }), new Dense({ units: 1 })]);
  const code = 'ERR_INVALID_ARG';
  for (const given of [[], null, a, [null], [1], ['weights'], [{ getWeights: 1 }]]) {
    t.throws(() => averageWeights(given as never), { code }, String(given));
  }
  t.throws(() => averageWeights([a, other]), {
    code: 'ERR_SHAPE_MISMATCH',
    message: /\[2, 1\].*`models\[1\]\[0\]`.*\[3, 1\]/,
  });
  t.throws(() => averageWeights([a, a.getWeights().slice(1)]), { code, message: /Expected 2 weights.*`models\[1\]`/ });
  t.throws(() => averageWeights([a, [...a.getWeights(), [1]]]), { code });
  t.throws(() => averageWeights([a, a], { weights: [1, 1] } as never), { code });
  for (const sampleWeight of [[1], [1, 2, 3], 1, ['1', '2'], [Number.NaN, 1]]) {
    t.throws(() => averageWeights([a, a], { sampleWeight: sampleWeight as never }), { code }, String(sampleWeight));
  }
  for (const sampleWeight of [
    [0, 0],
    [-1, 2],
  ]) {
    t.throws(() => averageWeights([a, a], { sampleWeight }), { code: 'ERR_OUT_OF_RANGE' }, String(sampleWeight));
  }
});
