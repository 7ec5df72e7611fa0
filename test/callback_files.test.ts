import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CSVLogger, type callbacks, ModelCheckpoint } from 'gemsbok';
import t from 'tap';
import { Inject, type PythonText, printed, runOver, StubModel } from './callbacks.cases';
import { readFixture } from './helpers/golden';
import { scratch } from './helpers/scratch';
import { warned } from './helpers/warnings';
import { classifier, QUIET, x, y } from './models.cases';

t.test('ModelCheckpoint', async (t) => {
  t.test('every epoch, with what the logs have in the name', async (t) => {
    const folder = scratch();
    const checkpoint = new ModelCheckpoint({ filepath: join(folder, 'new/{epoch:03d}-{val_loss:.1f}{{}}.h5') });
    const { model } = await runOver(checkpoint, [0.25, 0.35]);
    const names = ['new/001-0.2{}.h5', 'new/002-0.3{}.h5'];
    t.strictSame(
      model.saved,
      names.map((name) => join(folder, name)),
    );
  });
  t.test('every some batches, over the bounds of epochs', async (t) => {
    const folder = scratch();
    const filepath = join(folder, '{epoch}.{batch}.keras');
    const checkpoint = new ModelCheckpoint({ filepath, saveFreq: 3 });
    const stub = new StubModel();
    const model = Object.assign(classifier(), { save: (path: string) => stub.save(path) });
    await model.fit(x, y, { ...QUIET, batchSize: 10, epochs: 2, callbacks: [checkpoint] });
    t.strictSame(
      stub.saved,
      ['1.3', '2.1', '2.4'].map((name) => join(folder, `${name}.keras`)),
    );
  });
  t.test('says what it does', async (t) => {
    const filepath = join(scratch(), 'm.keras');
    const best = new ModelCheckpoint({ filepath, saveBestOnly: true, verbose: 1, initialValueThreshold: 3 });
    t.equal(
      await printed(t, () => runOver(best, [2, 2.5])),
      `\nEpoch 1: val_loss improved from 3.00000 to 2.00000, saving model to ${filepath}\n` +
        `\nEpoch 1: finished saving model to ${filepath}\n` +
        '\nEpoch 2: val_loss did not improve from 2.00000\n',
    );
    const every = new ModelCheckpoint({ filepath, verbose: 1 });
    const said = `\nEpoch 1: saving model to ${filepath}\n\nEpoch 1: finished saving model to ${filepath}\n`;
    t.equal(await printed(t, () => runOver(every, [2])), said);
  });
  t.test('saves, with a warning, where the logs have not what tells the best', async (t) => {
    const best = new ModelCheckpoint({ filepath: join(scratch(), 'm.keras'), saveBestOnly: true });
    const codes = await warned(async () => {
      const { model } = await runOver(best, [1, 2], { metric: 'other' });
      t.equal(model.saved.length, 2);
    });
    t.strictSame(codes, ['GEMSBOK_MISSING_METRIC']);
  });
});

t.test('CSVLogger', async (t) => {
  const log = async (options: Partial<callbacks.CSVLoggerOptions>, before?: string): Promise<string> => {
    const filename = join(scratch(), 'log.csv');
    if (before !== undefined) writeFileSync(filename, before);
    await runOver(new CSVLogger({ filename, ...options }), [0.5, 1, 'NaN', 1e-7]);
    return readFileSync(filename, 'utf8');
  };
  const rows = '0,0.5\r\n1,1.0\r\n2,nan\r\n3,1e-07\r\n';
  t.equal(await log({}), `epoch,val_loss\r\n${rows}`);
  t.equal(await log({}, 'old'), `epoch,val_loss\r\n${rows}`, 'what was there goes');
  t.equal(await log({ append: true }), `epoch,val_loss\r\n${rows}`);
  t.equal(await log({ append: true }, 'epoch,val_loss\r\n'), `epoch,val_loss\r\n${rows}`);
  t.equal(await log({ separator: ';' }), `epoch;val_loss\r\n${rows.replaceAll(',', ';')}`);
  t.test('names in order; validation has columns though it may come late', async (t) => {
    const filename = join(scratch(), 'log.csv');
    await classifier().fit(x, y, {
      ...QUIET,
      validationData: [x, y],
      validationFreq: 2,
      callbacks: [new Inject('a,"b"', [1, 2, 3]), new CSVLogger({ filename })],
    });
    const [head, first, second] = readFileSync(filename, 'utf8').split('\r\n');
    t.equal(head, 'epoch,"a,""b""",acc,loss,"val_a,""b""",val_acc,val_loss');
    t.match(first, /^0,1\.0,0\.\d+,\d\.\d+,NA,NA,NA$/);
    t.match(second, /^1,2\.0,0\.\d+,\d\.\d+,NA,0\.\d+,\d\.\d+$/);
  });
});

t.test('numbers are written as Python writes them', async (t) => {
  for (const { value, str, formats } of readFixture<{ readonly cases: readonly PythonText[] }>('python_format').cases) {
    const fields = ['{val_loss}', ...Object.keys(formats).map((spec) => `{val_loss:${spec}}`)];
    const { model } = await runOver(new ModelCheckpoint({ filepath: `${fields.join('|')}.h5` }), [value]);
    t.strictSame(model.saved[0]?.replace(/\.h5$/, '').split('|'), [str, ...Object.values(formats)]);
  }
});
