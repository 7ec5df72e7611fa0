import { ERROR_CODES, GemsbokError } from 'gemsbok';

/** Thrown by callbacks, getters and sources of the fuzzer's own: it comes out as it is. */
export class Planted extends Error {}

const CLASSES = { ERR_INVALID_ARG: TypeError, ERR_OUT_OF_RANGE: RangeError };
// What the system says of paths.
const OF_SYSTEM = new Set(['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG', 'ELOOP']);

const CODES = new Set(ERROR_CODES);

/** Says which outcomes of calls are faults of the library, and counts all. */
export class Judge {
  #say;
  /** Outcomes by call: how many there were. */
  counts = {};

  /** `say` gets `{ at }` before each call, which is to name it where the process cannot any more, and `{ fault }`. */
  constructor(say) {
    this.#say = say;
  }

  fault(fault) {
    this.#say({ fault });
  }

  /** Calls what may throw. Gives its value; undefined where it refused. */
  call(what, run) {
    this.#say({ at: what });
    try {
      const value = run();
      this.#count(what, 'done');
      return value;
    } catch (error) {
      this.refused(what, error);
      return undefined;
    }
  }

  /** As {@link call}, of what gives a promise; it may not throw. */
  async settle(what, run) {
    this.#say({ at: what });
    let promise;
    try {
      promise = run();
    } catch (error) {
      this.fault(`${what} throws instead of rejecting: ${show(error)}`);
      return undefined;
    }
    try {
      const value = await promise;
      this.#count(what, 'done');
      return value;
    } catch (error) {
      this.refused(what, error);
      return undefined;
    }
  }

  refused(what, error) {
    this.#count(what, error?.code ?? error?.name);
    const wrong = wrongOf(error);
    if (wrong !== null) this.fault(`${what}: ${wrong}: ${show(error)}`);
  }

  stray(what, error) {
    this.fault(`${what}: ${show(error)}`);
  }

  expect(holds, what) {
    if (!holds) this.fault(what);
  }

  /** Counts what came of a call. */
  seen(what, outcome) {
    this.#count(what, outcome);
  }

  #count(what, outcome) {
    this.counts[what] ??= {};
    this.counts[what][outcome] = (this.counts[what][outcome] ?? 0) + 1;
  }
}

/** What is wrong with an error as an answer to bad input; null where nothing is. */
function wrongOf(error) {
  if (error instanceof Planted || error?.name === 'AbortError') return null;
  if (!(error instanceof Error)) return 'not an Error';
  if (OF_SYSTEM.has(error.code)) return null;
  if (!CODES.has(error.code)) return 'no code of the library';
  if (!(error instanceof (CLASSES[error.code] ?? GemsbokError))) return 'another class than its code says';
  if (error.message.length > 2000) return 'a message of more than 2000 characters';
  return /Expected .*[.?)]$/s.test(error.message) ? null : 'a message that does not say what was expected';
}

function show(error) {
  return error instanceof Error ? (error.stack ?? error.message).slice(0, 1500) : String(error);
}
