/** Arguments of Keras that a Python integer is refused for, while JSON writes 1.0 as 1. */
const FLOATS = /("(?:learning_rate|momentum|beta)":-?\d+)(?=[,}])/g;

/** A config as Python reads it. */
export function jsonText(config: unknown): string {
  // Within strings quotes are escaped, so that the pattern finds keys only.
  return JSON.stringify(config).replace(FLOATS, '$1.0');
}
