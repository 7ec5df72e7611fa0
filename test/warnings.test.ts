import {
  Activation,
  BinaryCrossentropy,
  BinaryFocalCrossentropy,
  CategoricalCrossentropy,
  CategoricalFocalCrossentropy,
  Dense,
  dataset,
  Input,
  type Layer,
  Model,
  Sequential,
  Softmax,
} from 'gemsbok';
import t from 'tap';
import { warningsOf } from './helpers/warnings';
import { QUIET } from './models.cases';

const stack = (shape: readonly number[], ...layers: Layer[]): Sequential =>
  new Sequential([new Input({ shape }), ...layers]);

t.test('a softmax over one unit is said when it is compiled, once', async (t) => {
  const ONE: readonly (readonly [string, () => Sequential | Model])[] = [
    ['last', () => stack([2], new Dense({ units: 1, activation: 'softmax', name: 'guilty' }))],
    ['log', () => stack([2], new Dense({ units: 1, activation: 'log_softmax', name: 'guilty' }))],
    ['sparse', () => stack([2], new Dense({ units: 1, activation: 'sparsemax', name: 'guilty' }))],
    [
      'inside',
      () => stack([2], new Dense({ units: 1, activation: 'softmax', name: 'guilty' }), new Dense({ units: 3 })),
    ],
    ['by steps', () => stack([4, 2], new Dense({ units: 1, activation: 'softmax', name: 'guilty' }))],
    [
      'an Activation',
      () => stack([2], new Dense({ units: 1 }), new Activation({ activation: 'softmax', name: 'guilty' })),
    ],
    ['a Softmax', () => stack([2], new Dense({ units: 1 }), new Softmax({ name: 'guilty' }))],
    ['along another axis', () => stack([1, 2], new Softmax({ axis: 1, name: 'guilty' }))],
    [
      'of a graph',
      () => {
        const inputs = new Input({ shape: [2] });
        const outputs = new Dense({ units: 1, activation: 'softmax', name: 'guilty' }).apply(inputs);
        return new Model({ inputs, outputs });
      },
    ],
  ];
  for (const [what, make] of ONE) {
    const messages = await warningsOf('GEMSBOK_ONE_UNIT', () => make().compile({ loss: 'mse' }));
    t.equal(messages.length, 1, what);
    t.match(messages[0], /`guilty`.*one unit.*'sigmoid'/, what);
  }
  const late = new Sequential([new Dense({ units: 1, activation: 'softmax', name: 'guilty' })]);
  const messages = await warningsOf('GEMSBOK_ONE_UNIT', async () => {
    late.compile({ loss: 'mse' });
    await late.trainOnBatch([[1], [2]], [1, 2]);
    await late.evaluate([[1], [2]], [1, 2]);
  });
  t.equal(messages.length, 1, 'with the first data, where these tell the shape');
  const NONE: readonly (() => Sequential)[] = [
    () => stack([2], new Dense({ units: 2, activation: 'softmax' })),
    () => stack([2], new Dense({ units: 1, activation: 'sigmoid' })),
    () => stack([1, 2], new Softmax()),
    () => stack([2, 1], new Softmax({ axis: 1 })),
  ];
  for (const make of NONE)
    t.strictSame(await warningsOf('GEMSBOK_ONE_UNIT', () => make().compile({ loss: 'mse' })), []);
});

t.test('labels that no crossentropy has a bound for are said, once', async (t) => {
  const LOSSES = { BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy };
  const x = [[1], [2], [3]];
  for (const [name, Loss] of Object.entries(LOSSES)) {
    for (const [bad, found] of [
      [-1, 'takes targets from 0 to 1, and received -1 in `y`'],
      [2, 'takes targets from 0 to 1, and received 2 in `y`'],
    ] as const) {
      const y = [
        [0, 1],
        [1, 0],
        [bad, 1],
      ];
      const model = stack([1], new Dense({ units: 2, activation: 'sigmoid' }));
      model.compile({ loss: new Loss() });
      const messages = await warningsOf('GEMSBOK_TARGETS_OUTSIDE', async () => {
        await model.fit(x, y, { ...QUIET, epochs: 1 });
        await model.evaluate(x, y);
      });
      t.equal(messages.length, 1, `${name}: ${bad}`);
      t.match(messages[0], `${name} ${found} (at 4, counted from 0)`);
      const alone = await warningsOf('GEMSBOK_TARGETS_OUTSIDE', () =>
        new Loss().compute(
          y,
          x.map(() => [0.5, 0.5]),
        ),
      );
      t.equal(alone.length, 1, `${name}: compute`);
    }
    const fine = () =>
      new Loss().compute(
        [
          [0, 1],
          [0.25, 0.75],
        ],
        [
          [0.5, 0.5],
          [0.5, 0.5],
        ],
      );
    t.strictSame(await warningsOf('GEMSBOK_TARGETS_OUTSIDE', fine), [], `${name}: shares`);
  }
  // A sparse crossentropy knows such labels where it is told so, and else refuses them.
  const sparse = stack([1], new Dense({ units: 2, activation: 'softmax' }));
  sparse.compile({ loss: 'sparse_categorical_crossentropy' });
  await t.rejects(sparse.fit(x, [0, 1, -1], QUIET), { code: 'ERR_OUT_OF_RANGE', message: /y\[2\].*received -1/ });
});

t.test('numbers alone are no element of a data set', async (t) => {
  const drained = async (source: unknown): Promise<unknown[]> => {
    const rows: unknown[] = [];
    for await (const row of dataset(source as never)) rows.push(row);
    return rows;
  };
  for (const row of [
    [1, 2, 3],
    [1, 2],
    [1, 2, 3, 4],
  ]) {
    const wanted = { code: 'ERR_INVALID_ARG', message: /source\[0\]/ };
    await t.rejects(drained([row]), wanted, `[${row}]`);
    await t.rejects(
      drained(() => [row]),
      wanted,
      `[${row}], opened`,
    );
  }
  t.strictSame(await drained([[[1, 2, 3]]]), [{ x: [1, 2, 3], y: undefined, sampleWeight: undefined }]);
  t.strictSame(await drained([[[1, 2], 3]]), [{ x: [1, 2], y: 3, sampleWeight: undefined }]);
  t.strictSame(await drained([{ x: 1, y: 2 }]), [{ x: 1, y: 2 }]);
  t.strictSame(await drained([5]), [{ x: 5 }]);
});
