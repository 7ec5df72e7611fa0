import t from 'tap';
import { CALLBACKS } from './callbacks_errors.cases';
import { DATA, LOSS_DATA } from './data_errors.cases';
import { DATASETS, READERS, SOURCES } from './dataset_errors.cases';
import { caught, errorClass, tells } from './helpers/misuse';
import { FUNCTION_HINTS, HINTS, SHAPE_HINTS } from './hints_errors.cases';
import { LAYERS } from './layers_errors.cases';
import { LOSSES } from './losses_errors.cases';
import { METRICS } from './metrics_errors.cases';
import { MODELS, PROCESS, RUNS } from './models_errors.cases';

const ALL = [
  ...DATA,
  ...LOSS_DATA,
  ...LOSSES,
  ...LAYERS,
  ...METRICS,
  ...MODELS,
  ...RUNS,
  ...CALLBACKS,
  ...PROCESS,
  ...DATASETS,
  ...READERS,
  ...SOURCES,
  ...HINTS,
  ...FUNCTION_HINTS,
  ...SHAPE_HINTS,
];

/** Losses say what came, too. */
const SENTENCES = new Map(LOSSES.map((misuse) => [misuse, /^Expected .* for `.*`, received .*[.?]$/]));

for (const misuse of ALL) {
  const { what, call, code } = misuse;
  t.test(what, async (t) => {
    const error = await caught(call);
    t.type(error, errorClass(code));
    t.match(error, { code });
    t.ok(tells(error, misuse), error.message);
    t.match(error.message, SENTENCES.get(misuse) ?? /^Expected .*[.?]$/s, 'a sentence that says what was expected');
    if (SOURCES.includes(misuse)) return;
    const [, caller = ''] = (error.stack ?? '').split('\n    at ');
    t.notMatch(caller, /\/dist\//, "the stack begins at the caller's line");
  });
}
