// Runs by itself, in a thread: see pool.ts.
import { readlinkSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { type Done, isWorn, JOBS, type JobName } from './jobs';

export interface Request {
  readonly job: JobName;
  readonly input: unknown;
}

/** An error as it goes between threads: cloning keeps no codes. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** `code`, and what else errors of the file system have. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export type Reply =
  /** First of all: the thread under /proc, by which its time is counted; null on systems that have none. */
  | { readonly thread: string | null }
  | { readonly value: unknown; readonly isWorn: boolean }
  | { readonly failure: Failure; readonly isWorn: boolean };

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), fields: {} };
  const { code, errno, syscall, path } = error as NodeJS.ErrnoException;
  const fields = Object.entries({ code, errno, syscall, path }).filter(([, value]) => value !== undefined);
  return { name: error.name, message: error.message, fields: Object.fromEntries(fields) };
}

function post(reply: Reply, moved: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(reply, moved);
}

parentPort?.on('message', ({ job, input }: Request) => {
  const run = JOBS[job] as (input: unknown) => Promise<Done<unknown>>;
  run(input).then(
    ({ value, moved }) => post({ value, isWorn: isWorn() }, moved),
    (error) => post({ failure: failureOf(error), isWorn: isWorn() }),
  );
});

function threadName(): string | null {
  try {
    return readlinkSync('/proc/thread-self');
  } catch {
    return null;
  }
}

// Parsers forget promises once another one failed, of which the job tells.
process.on('unhandledRejection', () => {});

post({ thread: threadName() });
