import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CallbackHooks,
  CSVLogger,
  EarlyStopping,
  type History,
  type LogValue,
  ModelCheckpoint,
  TensorBoard,
} from 'gemsbok';
import t from 'tap';
import { scratch } from './helpers/scratch';
import { classifier, oneHot, QUIET, x } from './models.cases';

/** A run whose metric has a value for each class. */
async function fit(callback: CallbackHooks): Promise<History<LogValue>> {
  const model = classifier();
  model.compile({ loss: 'categorical_crossentropy', metrics: ['f1_score'] });
  const history: unknown = await model.fit(x, oneHot, { ...QUIET, callbacks: callback });
  return history as History<LogValue>;
}

t.test('callbacks of a run whose metric has several values', async (t) => {
  const filename = join(scratch(), 'log.csv');
  const { history } = await fit(new CSVLogger({ filename }));
  const field = readFileSync(filename, 'utf8')
    .split('\r\n')[1]
    ?.match(/"""\[(.*)\]"""/)?.[1];
  t.strictSame(field?.split(', ').map(Number), history.f1_score?.[0]);
  await t.resolves(fit(new TensorBoard({ logDir: scratch(), updateFreq: 'batch' })));
  const refused = { code: 'ERR_INVALID_ARG', message: /`(monitor|filepath)`, received .*f1_score/ };
  await t.rejects(fit(new EarlyStopping({ monitor: 'f1_score', mode: 'max' })), refused);
  await t.rejects(fit(new ModelCheckpoint({ filepath: join(scratch(), '{f1_score:.2f}.h5') })), refused);
});
