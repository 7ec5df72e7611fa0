import t from 'tap';
import { CALLBACKS } from './callback_errors.cases';
import { DATA, LOSSES } from './data_errors.cases';
import { DATASETS, READERS, SOURCES } from './dataset_errors.cases';
import { METRICS } from './metric_errors.cases';
import { errorClass } from './misuse';
import { MODELS, PROCESS, RUNS } from './model_errors.cases';

const ALL = [
  ...DATA,
  ...LOSSES,
  ...METRICS,
  ...MODELS,
  ...RUNS,
  ...CALLBACKS,
  ...PROCESS,
  ...DATASETS,
  ...READERS,
  ...SOURCES,
];

for (const misuse of ALL) {
  const { what, call, code, message } = misuse;
  t.test(what, async (t) => {
    const error = await caught(call);
    t.type(error, errorClass(code));
    t.match(error, { code, message });
    t.match(error.message, /^Expected .*[.?]$/s, 'a sentence that says what was expected');
    if (SOURCES.includes(misuse)) return;
    const [, caller = ''] = (error.stack ?? '').split('\n    at ');
    t.notMatch(caller, /\/dist\//, "the stack begins at the caller's line");
  });
}

async function caught(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
