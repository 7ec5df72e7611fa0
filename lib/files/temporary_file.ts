import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type * as Threads from 'node:worker_threads';

// Files that are written first and then renamed. Their names are short, whatever the length of the file's own, and tell
// whose they are, so that those of killed processes can be told from those that are written now:
// `.gemsbok-FILE-HOST-PROCESS-THREAD-NUMBER.tmp`.
const PREFIX = '.gemsbok';
const SUFFIX = '.tmp';

/** After that, a file whose process cannot be asked counts as abandoned. */
const STALE_MS = 24 * 3_600_000;

/** Those that this thread writes now. */
export const working = new Set<string>();

// Loaded when it is needed, as importing the library should take no time.
const ownThread = (): number => (require('node:worker_threads') as typeof Threads).threadId;

let files = 0;

/** A path next to a file's that is used by this write only. */
export function temporaryFor(path: string): string {
  const parts = [PREFIX, shortened(basename(path)), shortened(hostname()), process.pid, ownThread(), files++];
  return join(dirname(path), `${parts.join('-')}${SUFFIX}`);
}

/** Removes what killed writers of a file left next to it. */
export async function clearLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const start = `${PREFIX}-${shortened(basename(path))}-`;
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(start) || !name.endsWith(SUFFIX)) continue;
    const place = join(folder, name);
    if (await isLeft(place, name.slice(start.length, -SUFFIX.length))) await rm(place, { force: true }).catch(() => {});
  }
}

async function isLeft(path: string, owner: string): Promise<boolean> {
  const [host, process_, thread] = owner.split('-');
  const isHere = host === shortened(hostname());
  // Numbers of processes come again, in containers always the same one.
  if (isHere && Number(process_) === process.pid && Number(thread) === ownThread()) return !working.has(path);
  if (isHere && !isAlive(Number(process_))) return true;
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > STALE_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** FNV-1a of 32 bits, in letters and digits. */
function shortened(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(36);
}
