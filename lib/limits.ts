import { unsupported } from './errors';

/**
 * What is refused at once, wherever it comes from: work and memory grow with these, and nothing sound comes near them.
 * They stand here alone, so that errors tell the limit that holds.
 */
export const LIMITS = {
  /** Axes of a shape, and levels of nested arrays of numbers; as in NumPy. */
  axes: 64,
  /** Layers of a model; a layer that is used again counts again. */
  layers: 10_000,
  /** Inputs of a layer that merges; the core has room for as many, `Layer::kMostInputs`. */
  inputs: 1024,
  /** Lists and objects within each other in a config, and layers within each other. */
  levels: 100,
  /** In a config, at all levels. */
  values: 4_000_000,
  /** Characters of the name of a layer or a model, and of a name in a header of NumPy. */
  characters: 1024,
  /** Bytes of a config in a file. */
  bytes: 2 ** 24,
} as const;

/** Errors: `ERR_UNSUPPORTED`, which names the limit. */
export function checkLimit(kind: keyof typeof LIMITS, count: number, argument: string, fix = ''): void {
  if (count <= LIMITS[kind]) return;
  throw unsupported(argument, `at most ${LIMITS[kind]} ${kind}, a limit of this library,`, count, fix);
}

/** Refuses a config that is deeper or larger than limits allow, or holds itself: recursion on it ends then. */
export function checkNesting(config: unknown, argument: string): void {
  let values = 0;
  let level = [config];
  for (let depth = 0; level.length > 0; depth++) {
    checkLimit('levels', depth + 1, argument);
    const next: unknown[] = [];
    for (const outer of level) {
      for (const inner of valuesIn(outer)) {
        checkLimit('values', ++values, argument);
        if (typeof inner === 'object' && inner !== null) next.push(inner);
      }
    }
    level = next;
  }
}

/** Whether JSON has more levels than a config may have; it is not parsed, as that would take memory for each level. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const letter = json[at] as string;
    if (letter === '"') at = endOfString(json, at + 1);
    else if (letter === ']' || letter === '}') depth--;
    else if ((letter === '[' || letter === '{') && ++depth > LIMITS.levels) return true;
  }
  return false;
}

function endOfString(json: string, start: number): number {
  let at = start;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at;
}

/** The values of a list or of an object without a class; other values have none, as classes look after themselves. */
function valuesIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return [];
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null ? Object.values(value) : [];
}
