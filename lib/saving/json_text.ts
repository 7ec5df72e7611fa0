/** Arguments of Keras that a Python integer is refused for, while JSON writes 1.0 as 1. */
const FLOATS = /("(?:learning_rate|momentum|beta)":-?\d+)(?=[,}])/g;

/**
 * A config, or a model's `toJSON()`, as text that Keras reads: Python tells 1.0 from 1, `JSON.stringify` does not.
 *
 * @example
 * ```ts
 * jsonText(new SGD({ learningRate: 1 }).getConfig()).includes('"learning_rate":1.0'); // true
 * ```
 */
export function jsonText(config: unknown): string {
  // Within strings quotes are escaped, so that the pattern finds keys only.
  return JSON.stringify(config).replace(FLOATS, '$1.0');
}
