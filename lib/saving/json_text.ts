import { invalidArgument } from '../errors';
import { checkNesting } from '../limits';

/** Arguments of Keras that a Python integer is refused for, while JSON writes 1.0 as 1. */
const FLOATS = /("(?:learning_rate|momentum|beta)":-?\d+)(?=[,}])/g;

/**
 * A config, or a model's `toJSON()`, as text that Keras reads: Python tells 1.0 from 1, `JSON.stringify` does not.
 *
 * Errors: `ERR_INVALID_ARG` for what JSON cannot hold, `ERR_UNSUPPORTED` for lists and objects without end.
 *
 * @example
 * ```ts
 * jsonText(new SGD({ learningRate: 1 }).getConfig()).includes('"learning_rate":1.0'); // true
 * ```
 */
export function jsonText(config: unknown): string {
  checkNesting(config, 'config');
  // Within strings quotes are escaped, so that the pattern finds keys only.
  return stringified(config).replace(FLOATS, '$1.0');
}

function stringified(config: unknown): string {
  try {
    const text = JSON.stringify(config);
    if (text !== undefined) return text;
  } catch {
    // A bigint, or an instance that holds itself.
  }
  throw invalidArgument('config', 'a value that JSON can hold', config);
}
