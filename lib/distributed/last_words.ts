import { writeSync } from 'node:fs';

/** The exit code where a process left the others in the middle of something. */
export const LEFT = 70;

/** A full or closed pipe must not keep a process from ending the others. */
export function say(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // It has no reader, or one that is slow.
  }
}
