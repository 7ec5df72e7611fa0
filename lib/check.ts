import { asUnknown, type CodedError, describe, invalidArgument, listed, outOfRange, unsupported } from './errors';
import { checkLimit, LIMITS } from './limits';

/** An element that must be there: a missing one is a fault of the library, which must not pass for a number. */
export function elementAt<T>(list: ArrayLike<T>, index: number): T {
  return defined(list[index]);
}

/** A value that must be there, as {@link elementAt}. */
export function defined<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A value that must be there is missing.');
  return value;
}

/** What a caller may pass where an options object is expected. */
export type OptionsObject = Readonly<Record<string, unknown>>;

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** The ends themselves are refused. */
  readonly open?: boolean;
}

/** Names in a message: the columns of a table are options too. */
const MOST_OPTIONS = 64;

/**
 * The options of which null is a value: None is Keras' default there. Elsewhere it would be taken for the default,
 * which Keras does not mean by it.
 */
const NULLABLE: ReadonlySet<string> = new Set([
  ...['name', 'dtype', 'reduction', 'seed', 'axis', 'shape', 'batchShape', 'batchSize', 'dataFormat', 'noiseShape'],
  ...['activation', 'activityRegularizer', 'sharedAxes', 'maxValue', 'mean', 'variance', 'numBins', 'binBoundaries'],
  ...['weights', 'inputAxes', 'outputAxes', 'warmupTarget', 'loraRank', 'loraAlpha', 'quantizationConfig'],
  ...['ignoreClass', 'threshold', 'thresholds', 'topK', 'classId', 'numLabels', 'labelWeights', 'numClasses'],
  ...['average', 'classAggregation', 'normalize', 'renormClipping'],
  ...['weightDecay', 'clipnorm', 'clipvalue', 'globalClipnorm', 'emaOverwriteFrequency', 'lossScaleFactor'],
  ...['gradientAccumulationSteps', 'decay', 'excludeLayers', 'rmsRate', 'adamWeightDecay', 'varList', 'varNames'],
  ...['baseline', 'initialValueThreshold', 'embeddingsMetadata', 'stream', 'callbacks', 'validationData'],
  ...['validationBatchSize', 'validationSteps', 'stepsPerEpoch', 'steps', 'classWeight', 'sampleWeight', 'mask', 'y'],
  ...['optimizer', 'loss', 'lossWeights', 'metrics', 'weightedMetrics', 'target'],
  ...['backward', 'outputShape', 'distributed'],
]);

/**
 * Refuses what is not an options object, every name that is not in `known`, and null where it is no value. `fixOf` tells how
 * to fix a name that is meant for another place.
 */
export function checkOptions(
  options: unknown,
  known: readonly string[],
  owner: string,
  fixOf: (name: string) => string | undefined = () => undefined,
): OptionsObject {
  if (options === undefined) return {};
  checkObject(options, known, owner);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) {
      checkNull(name, options[name]);
      continue;
    }
    const guess = nearest(name, known);
    const all = known.length === 0 ? `${owner} has none.` : `${owner} knows: ${listed(known, MOST_OPTIONS)}.`;
    const fix = fixOf(name) ?? (guess === undefined ? all : `Did you mean \`${guess}\`?`);
    throw asUnknown(invalidArgument(name, `only known options of ${owner}`, name, fix));
  }
  return options;
}

/** Refuses what is not an options object, whatever names are in it; those in `known` are for the message. */
export function checkObject(
  options: unknown,
  known: readonly string[],
  owner: string,
): asserts options is OptionsObject {
  if (isPlainObject(options) && !('cloning' in options)) return;
  const fix = FORMS.get(owner) ?? asOption(options, known);
  throw invalidArgument('options', `one object with the options of ${owner}`, options, fix);
}

/** The names of a subclass' own options. Where a class has no constructor of its own, callers can pass anything for them. */
export function ownNames(own: unknown, owner: string): readonly string[] {
  if (Array.isArray(own) && own.every((name) => typeof name === 'string')) return own;
  const fix = `Only a class that extends ${owner} has some; pass one object with all options.`;
  throw invalidArgument('own', 'names of options', own, fix);
}

/** How to call what takes no bare value at all. */
const FORMS: ReadonlyMap<string, string> = new Map([
  ['Model', 'Arguments have names: { inputs, outputs }.'],
  ['dataset', 'Put samples and targets into one object: dataset({ x, y }).'],
]);

/** Options that hardly anybody means by a bare value. */
const COMMON: ReadonlySet<string> = new Set(['name', 'trainable', 'dtype', 'reduction']);

/** How to write a bare value, as Python has it, as an option: the first one that is the class's own. */
function asOption(value: unknown, known: readonly string[]): string {
  const name = known.find((one) => !COMMON.has(one));
  if (name === undefined || (typeof value === 'object' && !Array.isArray(value))) return '';
  const shown = Array.isArray(value) ? '[...]' : describe(value);
  return `Arguments have names: { ${name}: ${shown} }.`;
}

/** Whether a value is an object with names: a list, bytes, a Map or a Date would seem to be one without any. */
export function isPlainObject(value: unknown): value is OptionsObject {
  return /^\[object (Object|Module)\]$/.test(Object.prototype.toString.call(value));
}

function checkNull(name: string, value: unknown): void {
  if (value !== null || NULLABLE.has(name) || /(Initializer|Regularizer|Constraint)$|^on[A-Z]/.test(name)) return;
  throw invalidArgument(name, 'a value', value, 'Leave it out for its default.');
}

export function checkNumber(value: unknown, argument: string, range: NumberRange = {}): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalidArgument(argument, 'a finite number', value, unquoted(value));
  }
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, open = false } = range;
  const inside = open ? value > min && value < max : value >= min && value <= max;
  if (!inside) throw outOfRange(argument, `a number ${showRange(min, max, open)}`, value);
  return value;
}

export function checkInteger(value: unknown, argument: string, range: NumberRange = {}): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw invalidArgument(argument, 'an integer', value, unquoted(value));
  }
  return checkNumber(value, argument, range);
}

/** How to fix a number that came as text, from a form or the environment. */
function unquoted(value: unknown): string {
  const isNumber = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
  return isNumber ? `Write it without quotes: ${Number(value)}.` : '';
}

/** What says that a shape is none. */
export function noShape(argument: string, value: unknown): CodedError {
  const fix = typeof value === 'number' ? `Write [${value}].` : '';
  return invalidArgument(argument, 'an array of integers', value, fix);
}

export function checkBoolean(value: unknown, argument: string): boolean {
  if (typeof value !== 'boolean') throw invalidArgument(argument, 'true or false', value);
  return value;
}

export function checkString(value: unknown, argument: string): string {
  if (typeof value !== 'string' || value === '') throw invalidArgument(argument, 'a string that is not empty', value);
  return value;
}

/** The name of a layer, a metric or whatever else has one. */
export function checkName(value: unknown): string {
  const name = checkString(value, 'name');
  checkLimit('characters', name.length, 'name');
  return name;
}

/** A path of a file or a folder. */
export function checkPath(value: unknown, argument: string): string {
  const path = checkString(value, argument);
  if (path.includes('\0')) throw invalidArgument(argument, 'a path, which holds no zero byte,', value);
  if (path.startsWith('file://')) {
    throw invalidArgument(argument, 'a path', value, 'Leave out `file://`, or take `fileURLToPath` of node:url.');
  }
  return path;
}

/** `fix`: what the function is for. A class is none, as it cannot be called. */
export function checkFunction<F>(value: F, argument: string, fix = ''): F {
  if (typeof value !== 'function') throw invalidArgument(argument, 'a function', value, fix);
  if (isClass(value)) throw invalidArgument(argument, 'a function that can be called', value, 'It is a class.');
  return value;
}

export function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

/** How to fix a class where an instance of it is wanted. */
export function instanceFix(value: unknown): string {
  return isClass(value) ? `Make one: new ${(value as { name: string }).name}({ ... }).` : '';
}

/** One of `known` (snake_case as in Keras), or its camelCase form; returns the snake_case form. */
export function checkOneOf<T extends string>(value: unknown, argument: string, known: readonly T[]): T {
  if (typeof value === 'string') {
    const found = known.find((name) => name === value) ?? known.find((name) => toCamelCase(name) === value);
    if (found !== undefined) return found;
  }
  const guess = typeof value === 'string' ? nearest(value, known) : undefined;
  const fix = guess === undefined ? '' : `Did you mean '${guess}'?`;
  throw invalidArgument(argument, `one of ${known.map((name) => `'${name}'`).join(', ')}`, value, fix);
}

/** The type of the arithmetic. */
export function checkFloatDtype(dtype: unknown): 'float32' | 'float64' {
  return checkOneOf(dtype ?? 'float32', 'dtype', ['float32', 'float64']);
}

/** Options that Keras has and this version cannot do yet: only a value that switches them off passes. */
export function checkUnsupported(options: OptionsObject, off: OptionsObject, owner: string): void {
  for (const name of Object.keys(off)) {
    const value = options[name];
    if (value === undefined || value === null || value === off[name]) continue;
    throw unsupported(name, `${String(off[name])}, which is all that ${owner} supports,`, value, 'Leave it out.');
  }
}

/** Options that others have and that change nothing here: says why, for each that is given. */
export function warnOfIgnored(options: OptionsObject, ignored: Readonly<Record<string, string>>, owner: string): void {
  for (const [name, why] of Object.entries(ignored)) {
    if (options[name] === undefined || options[name] === null) continue;
    const message = `The option \`${name}\` of ${owner} is ignored: ${why}.`;
    process.emitWarning(message, { code: 'GEMSBOK_IGNORED_OPTION' });
  }
}

/** `from_logits` -> `fromLogits` */
export function toCamelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether a name is spelled `meanSquaredError`; those in snake_case are as they are. */
export function isCamelCase(name: string): boolean {
  return /^[a-z][a-z0-9]*[A-Z]/.test(name);
}

/** Keras' rule for names of classes: `PReLU` -> `p_re_lu`, `L1L2` -> `l1l2`; also `meanSquaredError`. */
export function toSnakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** The known name that a misspelt one was probably meant to be, or that it abbreviates (`lr`). */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > LIMITS.characters) return undefined;
  const spelled = known.find((candidate) => name.length > 1 && initials(candidate) === name);
  if (spelled !== undefined) return spelled;
  const plain = (text: string): string => text.toLowerCase().replaceAll('_', '');
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(plain(name), plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function initials(name: string): string {
  return toSnakeCase(name).replace(/([a-z0-9])[a-z0-9]*_?/g, '$1');
}

function showRange(min: number, max: number, open: boolean): string {
  if (max === Number.POSITIVE_INFINITY) return `${open ? 'above' : 'of at least'} ${min}`;
  if (min === Number.NEGATIVE_INFINITY) return `${open ? 'below' : 'of at most'} ${max}`;
  return `between ${min} and ${max}${open ? ' (both excluded)' : ''}`;
}

/** Letters that are missing, too many, others, or two that changed places. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = elementAt(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? elementAt(before, j - 2) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(substituted, swapped, elementAt(row, j) + 1, elementAt(next, j - 1) + 1));
    }
    before = row;
    row = next;
  }
  return elementAt(row, b.length);
}
