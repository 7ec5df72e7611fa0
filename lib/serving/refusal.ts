import { type CodedError, type ErrorCode, GemsbokError } from '../errors';

/** An answer of HTTP that says no. Not an Error: to note the stack of one takes longer than to answer. */
export class Refusal {
  constructor(
    readonly status: number,
    /** null where it is the server's own fault. */
    readonly code: string | null,
    readonly message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

/** An answer that is not read; servers log 499. */
export function clientLeft(): Refusal {
  return new Refusal(499, 'ERR_CLOSED', 'The client left.');
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  ERR_INVALID_ARG: 400,
  ERR_OUT_OF_RANGE: 400,
  ERR_SHAPE_MISMATCH: 400,
  ERR_NOT_FINITE: 400,
  ERR_UNSUPPORTED: 400,
  ERR_OVERLOADED: 503,
  ERR_CLOSED: 503,
  ERR_DEADLINE: 504,
};

/** How an error reads over HTTP. What is not the library's own tells nothing of the server. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { code, message } = (error ?? {}) as Partial<CodedError>;
  const status = code === undefined ? undefined : STATUS[code];
  if (code === undefined || message === undefined || status === undefined) {
    return error instanceof GemsbokError
      ? new Refusal(500, error.code, error.message)
      : new Refusal(500, null, 'The server failed.');
  }
  return new Refusal(status, code, message, code === 'ERR_OVERLOADED' ? { 'Retry-After': '1' } : {});
}
