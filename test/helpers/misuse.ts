import { GemsbokError } from 'gemsbok';

/** A call that must be refused. */
export interface Misuse {
  readonly what: string;
  /** Throws, or gives a promise that rejects. */
  readonly call: () => unknown;
  readonly code: string;
  /** What the message tells. */
  readonly message: RegExp | readonly RegExp[];
}

/** Whether an error tells what it should. */
export const tells = ({ message }: Error, { message: wanted }: Misuse): boolean =>
  [wanted].flat().every((pattern) => pattern.test(message));

/** What a call throws, or rejects with. */
export async function caught(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** Callers without types pass anything. */
// biome-ignore lint/suspicious/noExplicitAny: what a caller without types does
export const wrong = (value: unknown): any => value;

/** An array whose buffer was transferred. */
export const detached = (): Float32Array => {
  const array = new Float32Array(4);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
};

const CLASSES = new Map<unknown, new (...args: never[]) => Error>([
  ['ERR_INVALID_ARG', TypeError],
  ['ERR_OUT_OF_RANGE', RangeError],
]);

/** The class that errors with a code are of. */
export const errorClass = (code: unknown): (new (...args: never[]) => Error) => CLASSES.get(code) ?? GemsbokError;
