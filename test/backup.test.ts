import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Adam,
  BackupAndRestore,
  type CallbackHooks,
  CategoricalHinge,
  CosineDecay,
  type FitOptions,
  type History,
  Nadam,
  type Sequential,
  SGD,
  type Tensor,
  type TensorLike,
  type ValueAndGradient,
} from 'gemsbok';
import t from 'tap';
import { scratch } from './helpers/scratch';
import { bits, classifier, oneHot, QUIET, x, y } from './models.cases';

const LONGER = { ...QUIET, epochs: 6 } as const;

/** What a run in a process of its own prints, and whether it was killed. */
async function run(folder: string, saveFreq: string, at?: number): Promise<{ output: string; killed: boolean }> {
  const program = join(process.cwd(), 'test/backup.cases.mjs');
  // What was so far must come from the backup: with one, everything that it replaces begins otherwise.
  const seed = existsSync(join(folder, 'backup/latest.backup')) ? '8' : '7';
  const env = { ...process.env, SEED: seed, ...(at === undefined ? {} : { MOMENT: String(at) }) };
  const child = spawn(process.execPath, ['--no-warnings', program, folder, saveFreq], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  await once(child, 'close');
  return { output, killed: child.signalCode === 'SIGKILL' };
}

const KILLS = 25;

t.test('a run that is killed ends as one that is not', async (t) => {
  for (const saveFreq of ['epoch', '3']) {
    await t.test(`saved every ${saveFreq}`, async (t) => {
      const wanted = await run(scratch(), saveFreq);
      t.match(wanted, { output: /"val_loss":/, killed: false });
      const folder = scratch();
      const moments = new Set<string>();
      for (let kill = 0; kill < KILLS; kill++) {
        // Through each of the moments of an epoch in turn, and far enough to leave something to the next run.
        const { output, killed } = await run(folder, saveFreq, 3 * kill + (kill % 3));
        t.ok(killed);
        moments.add(output.replace('ended at ', ''));
      }
      for (const each of ['a step', 'open', 'half a write', 'sync', 'rename']) t.ok(moments.has(each), each);
      t.ok(existsSync(join(folder, 'backup/latest.backup')), 'some of it was done');
      t.strictSame(await run(folder, saveFreq), wanted);
      t.notOk(existsSync(join(folder, 'backup')), 'the backup goes with the end of the run');
    });
  }
});

interface Repeated {
  readonly saveFreq: number;
  readonly make: () => Sequential;
  readonly targets: TensorLike;
}

/** A run that ends early by an error, and the same one again. */
async function interrupted(
  end: CallbackHooks,
  options: Partial<FitOptions> & Partial<Repeated> = {},
): Promise<{ readonly model: Sequential; readonly history: History; readonly folder: string }> {
  const { saveFreq, make = classifier, targets = y, ...rest } = options;
  const folder = scratch();
  const backup = (): BackupAndRestore => new BackupAndRestore({ backupDir: folder, saveFreq: saveFreq ?? 'epoch' });
  await t.rejects(make().fit(x, targets, { ...LONGER, ...rest, callbacks: [backup(), end] }));
  const model = make();
  const history = await model.fit(x, targets, { ...LONGER, ...rest, seed: 999, callbacks: [backup()] });
  return { model, history, folder };
}

t.test('errors and signals leave the backup', async (t) => {
  const whole = classifier();
  const wanted = await whole.fit(x, y, LONGER);
  const fail = (at: number) => (index: number) => {
    if (index === at) throw new Error('mine');
  };
  let batches = 0;
  const inSecondEpoch = (): void => {
    if (++batches === 11) throw new Error('mine');
  };
  for (const [end, options] of [
    [{ onEpochEnd: fail(3) }, {}],
    [{ onEpochBegin: fail(2) }, {}],
    [{ onEpochEnd: fail(1) }, {}],
    [{ onTrainBatchEnd: inSecondEpoch }, { saveFreq: 2 }],
    [{ onTrainEnd: () => Promise.reject(new Error('mine')) }, {}],
  ] as const) {
    const { model, history, folder } = await interrupted(end as CallbackHooks, options);
    const [name = ''] = Object.keys(end);
    t.strictSame(history.history, wanted.history, name);
    t.strictSame(history.epoch, wanted.epoch, name);
    t.strictSame(bits(model), bits(whole), name);
    t.notOk(existsSync(folder), name);
  }
});

const inner = new CategoricalHinge();

/** The loss is the library's, computed by JavaScript. */
const own = (yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>): ValueAndGradient =>
  inner.valueAndGradientOf(yTrue, yPred);

const COMPILED: Readonly<Record<string, Parameters<Sequential['compile']>[0]>> = {
  'a loss that JavaScript computes': { loss: own },
  'means of the weights': { optimizer: new SGD({ useEma: true, emaOverwriteFrequency: 5 }) },
  'gradients of several steps': { optimizer: new Adam({ gradientAccumulationSteps: 4 }) },
  'a state of the whole model': { optimizer: new Nadam() },
  'a schedule': { optimizer: new SGD({ learningRate: new CosineDecay({ initialLearningRate: 0.1, decaySteps: 30 }) }) },
  'a function that gives the rate': { optimizer: new SGD({ learningRate: () => 0.05 }) },
  'a metric whose result is a tensor': { metrics: ['f1_score'] },
};

t.test('a run goes on from a backup within an epoch, with', async (t) => {
  for (const [what, options] of Object.entries(COMPILED)) {
    await t.test(what, async (t) => {
      const make = (): Sequential => {
        const model = classifier();
        model.compile({ optimizer: 'adam', loss: 'categorical_crossentropy', ...options });
        return model;
      };
      const whole = make();
      const wanted = await whole.fit(x, oneHot, { ...LONGER, stepsPerEpoch: 5, validationSplit: 0.2 });
      let batches = 0;
      const end = {
        onTrainBatchEnd: () => {
          if (++batches === 13) throw new Error('mine');
        },
      };
      const run = { saveFreq: 3, stepsPerEpoch: 5, validationSplit: 0.2, make, targets: oneHot };
      const { model, history } = await interrupted(end, run);
      t.strictSame(history.history, wanted.history);
      t.strictSame(bits(model), bits(whole));
    });
  }
});

t.test('a backup that is kept ends the same run at once, and lets a longer one go on', async (t) => {
  const backupDir = scratch();
  const keep = (): FitOptions => ({
    ...LONGER,
    callbacks: [new BackupAndRestore({ backupDir, deleteCheckpoint: false })],
  });
  const model = classifier();
  const first = await model.fit(x, y, keep());
  const again = classifier();
  const second = await again.fit(x, y, keep());
  t.strictSame(second.history, first.history);
  t.strictSame(bits(again), bits(model));
  t.equal(again.iterations, model.iterations);
  const longer = { ...keep(), epochs: LONGER.epochs + 2 };
  const third = await again.fit(x, y, longer);
  const whole = classifier();
  t.strictSame(third.history, (await whole.fit(x, y, { ...longer, callbacks: [] })).history);
  t.strictSame(bits(again), bits(whole));
});

t.test('other files in the folder stay', async (t) => {
  const backupDir = scratch();
  writeFileSync(join(backupDir, 'mine.txt'), '');
  await classifier().fit(x, y, { ...QUIET, callbacks: [new BackupAndRestore({ backupDir })] });
  t.strictSame(readdirSync(backupDir), ['mine.txt']);
});

t.test('what is no backup', async (t) => {
  const backupDir = join(scratch(), 'new');
  const file = join(backupDir, 'latest.backup');
  const fit = (options: FitOptions = {}, model = classifier()): Promise<History> =>
    model.fit(x, y, {
      ...QUIET,
      ...options,
      callbacks: [new BackupAndRestore({ backupDir, deleteCheckpoint: false })],
    });
  await fit();
  const good = readFileSync(file);
  t.test('is refused, whatever byte is wrong', async (t) => {
    const before = bits(classifier());
    for (let at = 0; at < good.length; at += 1 + Math.floor(at / 12)) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x40;
      writeFileSync(file, bad);
      const model = classifier();
      await t.rejects(fit({}, model), { code: 'ERR_CORRUPT_FILE', message: /latest\.backup/ }, `byte ${at}`);
      t.strictSame(bits(model), before);
    }
    for (const bad of [Buffer.alloc(0), good.subarray(0, 7), good.subarray(0, -1), Buffer.from('{"epoch": 1}')]) {
      writeFileSync(file, bad);
      await t.rejects(fit(), { code: 'ERR_CORRUPT_FILE' }, `${bad.length} bytes`);
    }
  });
  t.test('of this run is refused too', async (t) => {
    writeFileSync(file, good);
    const other = { code: 'ERR_INVALID_ARG', message: /`backupDir`.*Delete the backup/ };
    await t.rejects(fit({ batchSize: 16 }), other);
    await t.rejects(fit({ shuffle: false }), other);
    await t.rejects(fit({ stepsPerEpoch: 2 }), other);
    await t.rejects(fit({ validationSplit: 0.5 }), other);
    const model = classifier();
    model.compile({ optimizer: 'sgd', loss: 'sparse_categorical_crossentropy' });
    await t.rejects(fit({}, model), other);
    await t.resolves(fit());
  });
  t.test('an unfinished file is no matter', async (t) => {
    mkdirSync(backupDir, { recursive: true });
    writeFileSync(`${file}.tmp`, good.subarray(0, 50));
    t.strictSame((await fit()).epoch, [0, 1, 2]);
  });
});
