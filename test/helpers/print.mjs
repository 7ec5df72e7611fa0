import { writeSync } from 'node:fs';

/** Writes a line at once. Launchers pass on pipes that do not wait until there is room. */
export function print(line) {
  let text = Buffer.from(`${line}\n`);
  while (text.length > 0) {
    try {
      text = text.subarray(writeSync(1, text));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}
