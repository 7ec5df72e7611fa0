import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as gemsbok from 'gemsbok';
import t from 'tap';
import { wrong } from './helpers/misuse';
import { scratch } from './helpers/scratch';
import { classifier, x, y } from './models.cases';

const folder = scratch();
const filename = join(folder, 'run.csv');

/** What another callback, a user's, may put into the logs. */
const FOREIGN: Readonly<Record<string, unknown>> = {
  'a text': 'changed',
  null: null,
  undefined,
  'an object': {},
  'an object without a prototype': Object.create(null),
  'an empty list in a list': [[]],
  'texts in a list': ['a'],
  'a symbol': Symbol('own'),
  'a big number': 1n,
  'a function': () => 1,
  'an array with a constructor of its own': Object.assign([1, 2], { constructor: { [Symbol.species]: 3 } }),
  'a date that is none': new Date(Number.NaN),
};

const CALLBACKS: Readonly<Record<string, () => gemsbok.Callback>> = {
  BackupAndRestore: () => new gemsbok.BackupAndRestore({ backupDir: join(folder, 'backup') }),
  CSVLogger: () => new gemsbok.CSVLogger({ filename }),
  EarlyStopping: () => new gemsbok.EarlyStopping({ monitor: 'loss' }),
  History: () => new gemsbok.History(),
  ModelCheckpoint: () => new gemsbok.ModelCheckpoint({ filepath: join(folder, '{epoch}-{loss:.2f}.keras') }),
  ProgbarLogger: () => new gemsbok.ProgbarLogger(),
  ReduceLROnPlateau: () => new gemsbok.ReduceLROnPlateau({ monitor: 'loss' }),
  TensorBoard: () => new gemsbok.TensorBoard({ logDir: join(folder, 'logs') }),
  TerminateOnNaN: () => new gemsbok.TerminateOnNaN(),
};

async function outcome(value: unknown, name: string, callback: gemsbok.Callback): Promise<unknown> {
  const put = (_: unknown, logs: object = {}): void => {
    Object.defineProperty(logs, name, { value, enumerable: true, configurable: true, writable: true });
  };
  const callbacks = [{ onEpochEnd: put, onTrainBatchEnd: put }, callback];
  // The bar shows nothing where the run is silent.
  const verbose = callback instanceof gemsbok.ProgbarLogger ? 2 : 0;
  return classifier()
    .fit(x, y, { verbose, epochs: 2, callbacks })
    .then(
      () => null,
      (error) => error,
    );
}

for (const [kind, make] of Object.entries(CALLBACKS)) {
  t.test(`${kind} with logs of others' making`, async (t) => {
    t.capture(process.stdout, 'write', () => true);
    for (const [what, value] of Object.entries(FOREIGN)) {
      for (const name of ['loss', 'own', '__proto__']) {
        const error = wrong(await outcome(value, name, make()));
        const isPlain =
          error === null || (/^ERR_/.test(error.code) && /^.*Expected .*, received /s.test(error.message));
        t.ok(isPlain, `${what} as \`${name}\`: ${error?.stack}`);
      }
    }
  });
}

t.test('CSVLogger writes a text as it is', async (t) => {
  t.equal(await outcome('so, so', 'own', new gemsbok.CSVLogger({ filename })), null);
  t.ok(existsSync(filename));
  t.match(readFileSync(filename, 'utf8').split('\r\n')[1], /,"so, so"/);
});
