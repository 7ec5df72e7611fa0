/** All codes of errors of this library; docs/errors.md tells when each comes, and what to do. */
export const ERROR_CODES = [
  'ERR_INVALID_ARG',
  'ERR_OUT_OF_RANGE',
  'ERR_SHAPE_MISMATCH',
  'ERR_NOT_COMPILED',
  'ERR_MODEL_BUSY',
  'ERR_UNSUPPORTED',
  'ERR_CORRUPT_FILE',
  'ERR_NOT_FINITE',
  'ERR_OUT_OF_MEMORY',
  'ERR_OVERLOADED',
  'ERR_DEADLINE',
  'ERR_CLOSED',
  'ERR_READ_ONLY',
  'ERR_DIST_UNAVAILABLE',
  'ERR_DIST_MISMATCH',
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

// Axes in a message; elements of an array, and their letters.
const MOST_SHOWN = 16;
const [MOST_ELEMENTS, MOST_LETTERS] = [8, 60];

/** The codes of errors that are neither a TypeError nor a RangeError. */
type OwnCode = Exclude<ErrorCode, 'ERR_INVALID_ARG' | 'ERR_OUT_OF_RANGE'>;

/** As the standard library's `ErrorOptions`, which the types of older targets do not have. */
interface Cause {
  readonly cause?: unknown;
}

/** An error of this library that is neither a wrong type nor a value out of range; `code` tells which. */
export class GemsbokError extends Error {
  /** What kind of error it is. */
  readonly code: OwnCode;

  constructor(code: OwnCode, message: string, options?: Cause) {
    super(message, options);
    this.name = 'GemsbokError';
    this.code = code;
    startStackAtCaller(this);
  }
}

/** Every error of the library has a `code`; `ERR_INVALID_ARG` is a TypeError, `ERR_OUT_OF_RANGE` a RangeError. */
export type CodedError = Error & { readonly code: ErrorCode };

export function invalidArgument(
  argument: string,
  expected: string,
  received: unknown,
  fix = '',
  options?: Cause,
): CodedError {
  const words = fix === '' ? awaitFix(received) : fix;
  return coded(new TypeError(sentence(argument, expected, describe(received), words), options), 'ERR_INVALID_ARG');
}

/** How to fix a promise where its value is meant. */
function awaitFix(value: unknown): string {
  return Object.prototype.toString.call(value) === '[object Promise]' ? 'Put `await` before it.' : '';
}

/** As {@link invalidArgument}, where no one value is wrong: a sentence of its own. */
export function invalidUse(message: string): CodedError {
  return coded(new TypeError(message), 'ERR_INVALID_ARG');
}

export function outOfRange(argument: string, expected: string, received: unknown, fix = ''): CodedError {
  return coded(new RangeError(sentence(argument, expected, describe(received), fix)), 'ERR_OUT_OF_RANGE');
}

export function shapeMismatch(
  argument: string,
  expected: string,
  received: readonly number[] | InWords,
  fix = '',
): CodedError {
  const shown = received instanceof InWords ? received.text : showShape(received);
  return new GemsbokError('ERR_SHAPE_MISMATCH', sentence(argument, expected, shown, fix));
}

export function unsupported(argument: string, expected: string, received: unknown, fix = ''): CodedError {
  return new GemsbokError('ERR_UNSUPPORTED', sentence(argument, expected, describe(received), fix));
}

export function outOfMemory(argument: string, shape: readonly number[], fix = 'Use less at once.'): CodedError {
  const message = sentence(argument, 'an array that fits into memory', showShape(shape), fix);
  return new GemsbokError('ERR_OUT_OF_MEMORY', message);
}

const unknowns = new WeakSet<object>();

/** Marks an error that says of a name that this library has nothing of it: in a file that is not a damage. */
export function asUnknown<E extends Error>(error: E): E {
  unknowns.add(error);
  return error;
}

export function isUnknown(error: unknown): boolean {
  return typeof error === 'object' && error !== null && unknowns.has(error);
}

/** `where` names the file; `received` may quote it, at any length. */
export function corruptFile(
  where: string,
  expected: string,
  received: string,
  options?: Cause & { readonly fix?: string | undefined },
): GemsbokError {
  const { fix = 'The file is damaged, or it is the wrong one.' } = options ?? {};
  return new GemsbokError(
    'ERR_CORRUPT_FILE',
    `Expected ${expected} in ${where}, received ${shortened(received, 400)}. ${fix}`,
    options,
  );
}

/** Adds to an error's message where it happened. */
export function located(error: unknown, where: string): unknown {
  return restated(error, (message) => `In ${where}: ${message}`);
}

/** The error with another message. */
export function restated(error: unknown, change: (message: string) => string): unknown {
  if (!(error instanceof Error)) return error;
  const message = change(error.message);
  if (error.stack !== undefined) error.stack = error.stack.replace(error.message, () => message);
  error.message = message;
  return error;
}

/** Whether an error is the library's, or the operating system's: all others are put into words of ours. */
export function isPlain(error: unknown): boolean {
  return error instanceof GemsbokError || (error instanceof Error && (ours.has(error) || isOfSystem(error)));
}

/** Such as `ENOENT`. */
function isOfSystem(error: Error): boolean {
  return 'syscall' in error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code));
}

/** What the system says while it works on a file of the user's names the file, whichever it was that failed. */
export function naming(path: string, error: unknown): unknown {
  const isNamed = !(error instanceof Error && isOfSystem(error)) || error.message.includes(path);
  return isNamed ? error : located(error, `\`${path}\``);
}

export async function onFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw naming(path, error);
  }
}

/** `[2, 3]` */
export function showShape(shape: readonly number[]): string {
  const shown = shape.length > MOST_SHOWN ? [...shape.slice(0, MOST_SHOWN), '...'] : shape;
  return `shape [${shown.join(', ')}]`;
}

/** What was received where no one value tells it: a message says it without quotes. */
export class InWords {
  constructor(readonly text: string) {}
}

/** A value as it reads in a message: short whatever it is. */
export function describe(value: unknown): string {
  if (value instanceof InWords) return shortened(value.text, 400);
  if (typeof value === 'string') return `'${shortened(value)}'`;
  if (typeof value === 'bigint') return `${shortened(String(value))}n`;
  if (typeof value === 'symbol') return shortened(String(value));
  if (typeof value === 'function') return nameOf(value) === '' ? 'a function' : `the function ${nameOf(value)}`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : describeArray(value);
  if (typeof value === 'object' && value !== null) return describeObject(value);
  return String(value);
}

/** A few numbers or names as they are. */
function describeArray(array: readonly unknown[]): string {
  const isPlainList = array.length <= MOST_ELEMENTS && array.every((one) => one === null || typeof one !== 'object');
  const shown = isPlainList ? `[${Array.from(array, describe).join(', ')}]` : '';
  return isPlainList && shown.length <= MOST_LETTERS ? shown : `an array of ${array.length}`;
}

function describeObject(value: object): string {
  const name = nameOf(value.constructor);
  if (ArrayBuffer.isView(value)) return `a ${name || 'TypedArray'} of ${value.byteLength} bytes`;
  return name === '' || name === 'Object' ? 'an object' : `an instance of ${name}`;
}

/** Anybody may call a function or a class by what is not a text. */
function nameOf(named: unknown): string {
  const name = (named as { readonly name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? shortened(name) : '';
}

/** Names as they read in a message: the first ones. */
export function listed(names: readonly string[], most = MOST_SHOWN): string {
  const shown = names.slice(0, most).map((name) => shortened(name));
  return names.length > most ? `${shown.join(', ')}, ... (${names.length})` : shown.join(', ');
}

/** A text of a caller's, a file's or another library's, for a message: on one line, and without commands to a terminal. */
export function shortened(text: string, most = 60): string {
  const short = text.length > most ? `${text.slice(0, most - 3)}...` : text;
  return short.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function sentence(argument: string, expected: string, received: string, fix: string): string {
  // `names.map(regularizers.get)` passes an index where the argument's name may stand.
  const stated = `Expected ${expected} for \`${shortened(String(argument))}\`, received ${received}.`;
  return fix === '' ? stated : `${stated} ${fix}`;
}

/** Those that are not a GemsbokError; Node has some of the codes, too. */
const ours = new WeakSet<Error>();

function coded(error: Error, code: ErrorCode): CodedError {
  ours.add(error);
  startStackAtCaller(error);
  return Object.assign(error, { code });
}

// Checks sit several calls deep: a stack that begins inside the library would hide the line that the user must change.
function startStackAtCaller(error: Error): void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = limit + 16;
  Error.captureStackTrace(error);
  Error.stackTraceLimit = limit;
  const [first = '', ...frames] = (error.stack ?? '').split('\n    at ');
  // Built-ins such as `Array.map` stand between frames of the library, too.
  const caller = frames.findIndex((frame) => !frame.includes(__dirname) && !frame.endsWith('(<anonymous>)'));
  const shown = caller === -1 ? frames : frames.slice(caller);
  error.stack = [first, ...shown.slice(0, limit)].join('\n    at ');
}
