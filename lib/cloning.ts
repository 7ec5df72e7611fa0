/**
 * For an own enumerable field of what has private state: `structuredClone` and `postMessage`, which would leave that out without
 * a word, meet the symbol, throw and print it. Unlike a getter that throws it is harmless to whoever else lists fields.
 */
export function notCloneable(what: string, instead: string): symbol {
  return Symbol(`${what}: ${instead}`);
}
