import { execFileSync } from 'node:child_process';

export const IS_LINUX = process.platform === 'linux';

/** Brings the programs of the system that only tests need. */
export function bringPrograms(): void {
  if (IS_LINUX) execFileSync(process.execPath, ['scripts/system.mjs', 'check'], { stdio: 'inherit' });
}
