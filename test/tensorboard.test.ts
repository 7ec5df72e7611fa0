import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TensorBoard, tensor } from 'gemsbok';
import t, { type Test } from 'tap';
import { asSeen, StubModel } from './callbacks.cases';
import { type Event, type EventValue, readEvents } from './helpers/event_reader';
import { scratch } from './helpers/scratch';
import { classifier, QUIET, ROWS, x, y } from './models.cases';

/** The events of a run, and its history. */
async function run(
  options: ConstructorParameters<typeof TensorBoard>[0],
): Promise<{ readonly folder: string; readonly history: Record<string, number[]> }> {
  const folder = scratch();
  const callbacks = new TensorBoard({ logDir: folder, ...options });
  const { history } = await classifier().fit(x, y, { ...QUIET, validationData: [x, y], callbacks });
  return { folder, history };
}

function valuesOf(events: readonly Event[], tag: string): readonly (EventValue & { readonly step: number })[] {
  return events.flatMap(({ step, values }) => values.filter((value) => value.tag === tag).map((v) => ({ ...v, step })));
}

function checkScalars(t: Test, events: readonly Event[], tag: string, steps: readonly number[], wanted: unknown): void {
  const found = valuesOf(events, tag);
  t.strictSame(
    found.map(({ step }) => step),
    steps,
    tag,
  );
  t.strictSame(
    found.map(({ content }) => content),
    (wanted as number[]).map((value) => [Math.fround(value)]),
    tag,
  );
  for (const { plugin, dataClass, dtype, shape } of found) {
    t.strictSame([plugin, dataClass, dtype, shape], ['scalars', 1, 1, []], 'a scalar of type float');
  }
}

t.test('event files', async (t) => {
  const begun = Date.now() / 1000;
  const { folder, history } = await run({ histogramFreq: 2 });
  const ended = Date.now() / 1000;
  t.strictSame(readdirSync(folder).sort(), ['train', 'validation']);
  const [train, validation] = [readEvents(join(folder, 'train')), readEvents(join(folder, 'validation'))];
  for (const events of [train, validation]) {
    t.equal(events[0]?.version, 'brain.Event:2', 'the first event tells the version');
    t.ok(events.every(({ wallTime }) => wallTime >= begun && wallTime <= ended));
  }
  t.test('scalars', async (t) => {
    const epochs = [0, 1, 2];
    checkScalars(t, train, 'epoch_loss', epochs, history.loss);
    checkScalars(t, train, 'epoch_acc', epochs, history.acc);
    checkScalars(t, train, 'epoch_learning_rate', epochs, [0.001, 0.001, 0.001]);
    checkScalars(t, validation, 'epoch_loss', epochs, history.val_loss);
    checkScalars(t, validation, 'epoch_acc', epochs, history.val_acc);
    const batches = Math.ceil(ROWS / QUIET.batchSize);
    const steps = [batches, 2 * batches, 3 * batches];
    checkScalars(t, validation, 'evaluation_loss_vs_iterations', steps, history.val_loss);
    t.strictSame(valuesOf(train, 'batch_loss'), []);
  });
  t.test('the summary', async (t) => {
    const [summary] = valuesOf(train, 'model_summary');
    t.match(summary, { plugin: 'text', dataClass: 2, dtype: 7, shape: [], step: 0 });
    t.match(summary?.content, /^```\nModel: "sequential.*Total params: 163 .*```$/s);
  });
  t.test('histograms', async (t) => {
    const tags = [...new Set(train.flatMap(({ values }) => values.map(({ tag }) => tag)))];
    const weights = tags.filter((tag) => tag.endsWith('/histogram'));
    t.equal(weights.length, 4);
    for (const [i, size] of [96, 16, 48, 3].entries()) {
      const found = valuesOf(train, weights[i] ?? '');
      t.strictSame(
        found.map(({ step }) => step),
        [0, 2],
      );
      for (const { plugin, dataClass, dtype, shape, content } of found) {
        t.strictSame([plugin, dataClass, dtype, shape[1]], ['histograms', 2, 2, 3]);
        const rows = Array.from({ length: shape[0] ?? 0 }, (_, row) => content.slice(3 * row, 3 * row + 3) as number[]);
        const counts = rows.reduce((sum, [, , count = Number.NaN]) => sum + count, 0);
        t.equal(counts, size, 'every weight counts once');
        t.ok(
          rows.every(([left = 0, right = 0], row) => left < right && (row === 0 || left === rows[row - 1]?.[1])),
          'the buckets follow each other',
        );
      }
    }
  });
});

t.test('batches', async (t) => {
  const { folder } = await run({ updateFreq: 3, writeStepsPerSecond: true });
  const train = readEvents(join(folder, 'train'));
  const steps = (tag: string): number[] => valuesOf(train, tag).map(({ step }) => step);
  t.strictSame(steps('batch_loss'), [3, 6, 9, 12, 15, 18, 21]);
  t.strictSame(steps('batch_steps_per_second'), [3, 6, 9, 12, 15, 18, 21]);
  t.strictSame(steps('epoch_steps_per_second'), [0, 1, 2]);
  t.ok(valuesOf(train, 'epoch_steps_per_second').every(({ content }) => Number(content[0]) > 0));
});

t.test('weights that are all the same, or not finite', async (t) => {
  const folder = scratch();
  const variables = [
    { name: 'same', value: tensor(new Float32Array(16).fill(0.25)) },
    { name: 'some', value: tensor(Float32Array.of(1, Number.NaN, 31, Number.POSITIVE_INFINITY, 30.5)) },
    { name: 'none', value: tensor(Float32Array.of(Number.NaN)) },
  ];
  const callback = new TensorBoard({ logDir: folder, histogramFreq: 1 });
  const layers = [{ name: 'layer', parts: [], ownVariables: variables }];
  callback.setModel(asSeen(Object.assign(new StubModel(), { iterations: 0, layers })));
  await callback.onEpochEnd(0, {});
  const [same, some, none] = readEvents(join(folder, 'train'))
    .flatMap(({ values }) => values)
    .filter(({ tag }) => /^layer\/\w+\/histogram$/.test(tag));
  t.strictSame(
    [same?.shape, same?.content],
    [
      [1, 3],
      [-0.25, 0.75, 16],
    ],
  );
  t.strictSame(
    [some?.shape, some?.content.slice(0, 3), some?.content.slice(-3)],
    [
      [30, 3],
      [1, 2, 1],
      [30, 31, 2],
    ],
  );
  t.strictSame([none?.shape, none?.content], [[0, 3], []]);
});

t.test('evaluate alone', async (t) => {
  const folder = scratch();
  const { loss } = await classifier().evaluate(x, y, { callbacks: new TensorBoard({ logDir: folder }) });
  t.notOk(existsSync(join(folder, 'train')));
  checkScalars(t, readEvents(join(folder, 'validation')), 'evaluation_loss_vs_iterations', [0], [loss]);
});

t.test('without its packages it says which', async (t) => {
  const program = `
    const Module = require('node:module');
    const resolve = Module._resolveFilename;
    const { TensorBoard, Sequential, Dense } = require('gemsbok');
    const { registerHooks } = Module;
    const model = new Sequential([new Dense({ units: 1 })]);
    model.compile({ loss: 'mse' });
    model.fit([[1]], [1], { verbose: 0, callbacks: new TensorBoard() }).catch(({ code, message }) => console.log(code, message));
  `;
  const loader = `data:text/javascript,${encodeURIComponent(`
    export async function resolve(name, context, next) {
      if (name.startsWith('protobufjs')) throw new Error('not installed');
      return next(name, context);
    }`)}`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', '--experimental-loader', loader, '-e', program],
    { encoding: 'utf8' },
  );
  t.match(stdout, /^ERR_UNSUPPORTED Expected the packages protobufjs .*npm install protobufjs @node-rs\/crc32/, stderr);
});
