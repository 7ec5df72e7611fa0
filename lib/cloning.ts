/**
 * For an own enumerable field of what has private state: `structuredClone` and `postMessage`, which would leave that out
 * without a word, meet the symbol, throw and print it. Unlike a getter that throws it is harmless to whoever else lists fields.
 * It is to be the first field: an error of others that cannot be cloned either would not say what to send.
 */
export function notCloneable(what: string, instead: string): symbol {
  return Symbol.for(`${what}: ${instead}`);
}
