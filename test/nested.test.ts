import { Dense, Input, MeanSquaredError, Model, Sequential, setRandomSeed, tensor } from 'gemsbok';
import t from 'tap';

const COLUMNS = 5;
/** More numbers than are read at once; and more than any machine reads in one turn of the event loop. */
const [ROWS, MANY] = [40_000, 800_000];

const valueAt = (row: number, column: number): number => ((row * 31 + column * 17) % 97) / 97;
const typedRows = (rows = ROWS): Float32Array =>
  Float32Array.from({ length: rows * COLUMNS }, (_, i) => valueAt(Math.floor(i / COLUMNS), i % COLUMNS));
const nestedRows = (rows = ROWS): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: COLUMNS }, (_, column) => valueAt(row, column)));

function makeModel(): Sequential {
  setRandomSeed(3);
  const model = new Sequential([new Input({ shape: [COLUMNS] }), new Dense({ units: 2 })]);
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] });
  return model;
}

t.test('nested arrays of any kind of row are the numbers that they hold', async (t) => {
  const rows: readonly unknown[] = [
    [1, 2.5, -3],
    Float32Array.of(1, 2.5, -3),
    [true, false, 7n],
    BigInt64Array.of(4n, 5n, 6n),
    Object.assign([1, 2, 3], { note: 'one more property' }),
  ];
  const expected = [1, 2.5, -3, 1, 2.5, -3, 1, 0, 7, 4, 5, 6, 1, 2, 3];
  t.same([...tensor(rows as never).data], expected);
  t.same([...tensor([rows, rows] as never).data], [...expected, ...expected]);
  t.same(tensor([rows, rows] as never).shape, [2, 5, 3]);
  t.same(tensor([[], []]).shape, [2, 0]);
  t.same(tensor([[[5]], [[6]]]).toArray(), [[[5]], [[6]]]);
});

t.test('many nested numbers give what a typed array gives', async (t) => {
  const [x, y] = [nestedRows(), Array.from({ length: ROWS }, (_, i) => [i % 3, i % 5])];
  const data = { shape: [ROWS, COLUMNS], data: typedRows() };
  const targets = { shape: [ROWS, 2], data: Float32Array.from(y.flat()) };
  const sampleWeight = Array.from({ length: ROWS }, (_, i) => i % 2);
  const [model, other] = [makeModel(), makeModel()];
  const options = { batchSize: 512, seed: 1, verbose: 0 } as const;
  const { history } = await model.fit(x, y, { ...options, sampleWeight, validationData: [x, y] });
  const expected = await other.fit(data, targets, { ...options, sampleWeight, validationData: [data, targets] });
  t.same(history, expected.history);
  t.same((await model.predict(x)).data, (await other.predict(data)).data);
  t.same(model.predictSync(x).data, (await other.predict(data)).data);
  t.same(await model.evaluate(x, y, { sampleWeight }), await other.evaluate(data, targets, { sampleWeight }));
  t.same(await model.testOnBatch(x, y), await other.testOnBatch(data, targets));
  t.same(await model.trainOnBatch(x, y, { sampleWeight }), await other.trainOnBatch(data, targets, { sampleWeight }));
  const mse = new MeanSquaredError();
  t.equal(
    mse.compute(
      x,
      x.map((row) => row.map((value) => value + 1)),
    ),
    1,
  );
});

t.test('they come for each input and output, by name and as lists', async (t) => {
  const [a, b] = [new Input({ shape: [COLUMNS], name: 'a' }).output, new Input({ shape: [COLUMNS], name: 'b' }).output];
  const dense = new Dense({ units: 1 });
  const model = new Model({ inputs: [a, b], outputs: [dense.apply(a), dense.apply(b)] });
  const [nested, typed] = [nestedRows(), typedRows()];
  const expected = await model.predict([typed, typed]);
  for (const x of [[nested, nested], { a: nested, b: nested }, { a: nested, b: typed }]) {
    const outputs = await model.predict(x as never);
    for (const [o, output] of outputs.entries()) t.same(output.data, expected[o]?.data);
  }
});

t.test('the event loop turns while many are read, and an abort ends it', async (t) => {
  const model = makeModel();
  const x = nestedRows(MANY);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const stop = new AbortController();
  const run = model.predict(x, { signal: stop.signal });
  await new Promise(setImmediate);
  stop.abort(new Error('enough'));
  await t.rejects(run, { message: 'enough' });
  await model.predict(x);
  clearInterval(timer);
  t.ok(turns > 2, `${turns} turns`);
});

t.test('arrays beside them may be used at once', async (t) => {
  const [model, other] = [makeModel(), makeModel()];
  const options = { batchSize: 512, seed: 1, verbose: 0 } as const;
  const targets = new Float32Array(ROWS * 2).fill(0.5);
  const weights = Buffer.alloc(ROWS, 1);
  const run = model.fit(nestedRows(), targets, { ...options, sampleWeight: weights });
  targets.fill(Number.NaN);
  weights.fill(0);
  const { history } = await run;
  const expected = await other.fit(typedRows(), new Float32Array(ROWS * 2).fill(0.5), options);
  t.same(history, expected.history);
});

t.test('what is no number, or goes while it is read, is refused by its place', async (t) => {
  const damaged: readonly [what: string, damage: (x: unknown[], last: number) => void, message: RegExp][] = [
    ['a text', (x, last) => ((x[last] as unknown[])[3] = '1'), /a number for `x\[\d+9\]\[3\]`/],
    ['a short row', (x, last) => (x[last] = [1, 2]), /array of 5 like its neighbours for `x\[\d+9\]`.*ragged/],
    ['no row', (x, last) => delete x[last], /array of 5 like its neighbours for `x\[\d+9\]`/],
    ['no number', (x, last) => delete (x[last] as unknown[])[4], /a number for `x\[\d+9\]\[4\]`/],
  ];
  const model = makeModel();
  const [few, many] = [nestedRows(), nestedRows(MANY)];
  for (const [what, damage, message] of damaged) {
    damage(few, ROWS - 1);
    await t.rejects(model.predict(few), { code: 'ERR_INVALID_ARG', message }, what);
    const run = model.predict(many);
    damage(many, MANY - 1);
    await t.rejects(run, { code: 'ERR_INVALID_ARG', message }, `${what}, later`);
    few[ROWS - 1] = many[MANY - 1] = [1, 2, 3, 4, 5];
  }
});
