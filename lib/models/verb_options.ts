import { checkOptions, type OptionsObject, toCamelCase } from '../check';
import { SHARED_OPTIONS } from '../optimizers/options';

const OF_OPTIMIZER = new Set(['lr', 'momentum', ...SHARED_OPTIONS.filter((name) => name !== 'name')]);
const OF_COMPILE = new Set(['optimizer', 'loss', 'lossWeights', 'metrics', 'weightedMetrics']);
const OF_FIT = new Set([
  ...['batchSize', 'epochs', 'validationData', 'validationSplit', 'callbacks', 'shuffle', 'verbose', 'signal'],
  ...['classWeight', 'sampleWeight'],
]);

/** The options of a verb of a model; of an option of another one, the error tells where it belongs. */
export function checkVerbOptions(options: unknown, known: readonly string[], verb: string): OptionsObject {
  const fixOf = (name: string) => (known.includes(name) ? undefined : placeOf(name));
  return checkOptions(options, known, verb, (name) => fixOf(toCamelCase(name)));
}

function placeOf(name: string): string | undefined {
  if (OF_OPTIMIZER.has(name)) {
    const option = name === 'lr' ? 'learningRate' : name;
    return `It belongs to the optimizer: compile({ optimizer: new SGD({ ${option}: ... }) }).`;
  }
  if (OF_COMPILE.has(name)) return 'It belongs to compile.';
  return OF_FIT.has(name) ? 'It belongs to fit.' : undefined;
}
