import { defined } from '../check';

/** Numbers of a text to be summed over the processes: two and their squares, which times thousands of processes are exact. */
export function checksum(text: string): number[] {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ defined(letter.codePointAt(0)), 0x01000193) >>> 0;
  const [low, high] = [hash & 0xffff, hash >>> 16];
  return [low, low * low, high, high * high];
}

/** Whether the sums are those of one and the same checksum: its variance over the processes is zero. */
export function isSame(sums: readonly number[], size: number): boolean {
  const [low = 0, lowSquare = 0, high = 0, highSquare = 0] = sums;
  return lowSquare * size === low * low && highSquare * size === high * high;
}
