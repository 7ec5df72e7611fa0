import { readFileSync } from 'node:fs';
import { Dense, dataset, Sequential } from 'gemsbok';
import t from 'tap';
import { COMPILED, type Mistake, modelOf, type Program, TRAINED } from './advice.cases';
import { RIGHT } from './advice_right.cases';
import { warned, warningsOf } from './helpers/warnings';

/** Without a bar, and with advice. */
const SEEN = { verbose: 2, callbacks: [] } as const;

async function train(program: Program, options: object = {}): Promise<void> {
  const model = modelOf(program);
  model.compile({ ...program.compile, ...options });
  const { x, y, fit } = program;
  if (x === undefined || y === undefined) return;
  await silently(() => model.fit(x, y, { ...SEEN, ...fit }));
  await silently(() => model.fit(x, y, { ...SEEN, ...fit }));
}

/** Without the lines of epochs. */
async function silently(work: () => Promise<unknown>): Promise<void> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    await work();
  } finally {
    process.stdout.write = write;
  }
}

for (const mistake of [...COMPILED, ...TRAINED]) {
  t.test(`${mistake.code}: ${mistake.what}`, async (t) => {
    const messages = await warningsOf(mistake.code, () => train(mistake));
    t.equal(messages.length, 1, 'once');
    t.match(messages[0], mistake.says);
    t.strictSame(await warned(() => train(mistake)), [mistake.code], 'and nothing else');
    t.strictSame(await warned(() => train(mistake, { advice: false })), [], 'not where nobody wants it');
  });
}

t.test(
  'what `compile` warns of is said before any data, what `fit` warns of is not said when it is silent',
  async (t) => {
    for (const mistake of COMPILED) {
      t.strictSame(await warned(() => modelOf(mistake).compile(mistake.compile)), [mistake.code], mistake.what);
    }
    for (const { fit, ...mistake } of TRAINED) {
      const silent: Mistake = { ...mistake, fit: { ...fit, verbose: 0 } };
      t.strictSame(await warned(() => train(silent)), [], mistake.what);
    }
  },
);

t.test('what `compile` can say only with data is said with the first, unless `fit` is silent', async (t) => {
  const made = (): Sequential => {
    const model = new Sequential([new Dense({ units: 1, activation: 'softmax' })]);
    model.compile({ loss: 'binary_crossentropy' });
    return model;
  };
  const [x, y] = [
    [[1], [2]],
    [[0], [1]],
  ];
  const model = made();
  const fit = (verbose: 0 | 2) => warned(() => silently(() => model.fit(x, y, { verbose })));
  t.strictSame(await fit(0), []);
  t.strictSame(await fit(2), ['GEMSBOK_ONE_UNIT'], 'the next that is not silent says it');
  t.strictSame(await fit(2), [], 'once');
  const stream = async (verbose: 0 | 2) => {
    const data = dataset([{ x, y }]);
    return await warned(() => silently(() => made().fit(data, { verbose })));
  };
  t.strictSame([await stream(0), await stream(2)], [[], ['GEMSBOK_ONE_UNIT']], 'of streams');
  t.strictSame(await warned(() => made().trainOnBatch(x, y)), ['GEMSBOK_ONE_UNIT']);
  t.strictSame(await warned(() => made().evaluate(x, y)), ['GEMSBOK_ONE_UNIT']);
});

t.test('programs as they should be are not warned of', async (t) => {
  for (const [what, program] of Object.entries(RIGHT)) t.strictSame(await warned(() => train(program)), [], what);
});

t.test('data that native code holds are looked at, too', async (t) => {
  for (const { what, code, fit, x, y, ...program } of TRAINED) {
    const model = modelOf(program);
    model.compile(program.compile);
    const data = dataset({ x: x as never, y: y as never });
    t.strictSame(await warned(() => silently(() => model.fit(data, { ...SEEN, ...fit }))), [code], what);
  }
});

t.test('the page of warnings names each', async (t) => {
  const page = readFileSync('docs/warnings.md', 'utf8');
  for (const { code } of [...COMPILED, ...TRAINED]) t.match(page, `\`${code}\``);
});
