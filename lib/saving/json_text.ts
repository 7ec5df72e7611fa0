import { GemsbokError, invalidArgument, unsupported } from '../errors';
import { checkNesting } from '../limits';

/** Arguments of Keras that a Python integer is refused for, while JSON writes 1.0 as 1. */
const FLOATS = /("(?:learning_rate|momentum|beta)":-?\d+)(?=[,}])/g;

/**
 * A config, or a model's `toJSON()`, as text that Keras reads: Python tells 1.0 from 1, `JSON.stringify` does not.
 *
 * Errors: `ERR_INVALID_ARG` for what JSON cannot hold, `ERR_UNSUPPORTED` for functions, and for lists and objects without end.
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
    const text = JSON.stringify(config, withoutFunctions);
    if (text !== undefined) return text;
  } catch (error) {
    if (error instanceof GemsbokError) throw error;
    // A bigint, or an instance that holds itself.
  }
  throw invalidArgument('config', 'a value that JSON can hold', config);
}

/** What JSON would leave out without a word. */
function withoutFunctions(this: { readonly name?: unknown }, key: string, value: unknown): unknown {
  if (typeof value !== 'function' || key === '') return value;
  const owner = typeof this.name === 'string' ? ` of \`${this.name}\`` : '';
  const fix = 'Register it with `registerSerializable`, or write a class, whose name is saved.';
  throw unsupported(key, `values that JSON can hold in the config${owner}`, value, fix);
}
