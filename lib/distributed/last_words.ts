import { writeSync } from 'node:fs';

/** The exit code where a process left the others in the middle of something. */
export const LEFT = 70;

/** How long launchers have to pass on what a process said: some drop it where they end all. */
const PASSED_ON_MS = 200;

/** A full or closed pipe must not keep a process from ending the others. */
export function say(line: string): void {
  try {
    writeSync(2, `${line}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PASSED_ON_MS);
  } catch {
    // It has no reader, or one that is slow.
  }
}
