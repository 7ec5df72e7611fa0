import { readFileSync } from 'node:fs';
import { corruptFile, GemsbokError } from '../errors';

// Work that a job may do before it is given up: some damaged files keep a parser busy for ever. It is counted in time of
// the processor that the thread had, which a busy machine does not use up; hundreds of times what files take.
const WORK_MS = 5_000;
const BYTES_PER_MS = 10_000;

// Where a system does not say what a thread used, a clock must do: it says nothing of the file.
const CLOCK_MS = 300_000;
const BYTES_PER_CLOCK_MS = 1000;

/** Linux counts a thread's time in these, whatever the machine. */
const MS_PER_JIFFY = 10;

/** What a job is about, for its bound and for errors. */
export interface Subject {
  /** Names the file. */
  readonly where: string;
  /** Bytes that go in. */
  readonly bytes: number;
}

/** Sees whether a job is worth waiting for. */
export class Patience {
  readonly #subject: Subject;
  readonly #since = performance.now();
  #before: number | null = null;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** The reason to give a job up; null while there is none. `thread` is its thread under /proc. */
  spent(thread: string | null): GemsbokError | null {
    const used = thread === null ? null : timeUsed(thread);
    if (used === null) return this.#clock();
    this.#before ??= used;
    const most = WORK_MS + this.#subject.bytes / BYTES_PER_MS;
    if (used - this.#before <= most) return null;
    const { where, bytes } = this.#subject;
    const expected = `a file of ${bytes} bytes to be read within ${seconds(most)} of processor time`;
    return corruptFile(where, expected, 'one that takes more');
  }

  #clock(): GemsbokError | null {
    const { where, bytes } = this.#subject;
    const most = CLOCK_MS + bytes / BYTES_PER_CLOCK_MS;
    if (performance.now() - this.#since <= most) return null;
    const fix = 'The machine is busy, or the file keeps its reader busy forever. Try again.';
    return new GemsbokError(
      'ERR_DEADLINE',
      `Expected work on ${where} to end within ${seconds(most)}, received no end. ${fix}`,
    );
  }
}

/** Milliseconds of a processor that a thread used; null where that cannot be told. */
function timeUsed(thread: string): number | null {
  try {
    // The second field is a name in parentheses; those of user and system time are the 14th and 15th.
    const fields = readFileSync(`/proc/${thread}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_JIFFY;
  } catch {
    return null;
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
