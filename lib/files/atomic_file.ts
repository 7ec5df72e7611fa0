import { existsSync } from 'node:fs';
import { open, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { onFile, restated } from '../errors';
import { clearLeftovers, temporaryFor, working } from './temporary_file';

/** Symbolic links that lead to each other end here, as in Linux. */
const MOST_LINKS = 40;

/**
 * Writes a file so that there is the old one or the new one at any moment, even if the machine fails; links are
 * followed, and a file that is replaced keeps its mode. Others may write the same file at the same time: the last one
 * stays, whole. Errors: the system's, with the path as it was given.
 */
export async function writeAtomically(path: string, parts: readonly Uint8Array[], temporary?: string): Promise<void> {
  await onNewFile(path, async () => {
    const target = await followed(path);
    const before = await stat(target).catch(() => null);
    // Nothing takes the place of a device or a pipe.
    if (before !== null && !before.isFile() && !before.isDirectory()) return writeFile(target, Buffer.concat(parts));
    // A writer that has one name for all writes over what it left.
    if (temporary === undefined) await clearLeftovers(target);
    await replace(target, parts, temporary ?? temporaryFor(target), before?.mode);
    await syncFolder(dirname(target));
  });
}

/** Appends to a file: all of it, or nothing where that fails. */
export async function appendWhole(path: string, bytes: Uint8Array): Promise<void> {
  await onNewFile(path, async () => {
    const file = await open(path, 'a');
    try {
      const { size } = await file.stat();
      try {
        await file.writeFile(bytes);
      } catch (error) {
        await file.truncate(size).catch(() => {});
        throw error;
      }
    } finally {
      await file.close();
    }
  });
}

/** As {@link onFile}; where it is the folder that is missing, the error says so. */
async function onNewFile(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await onFile(path, work);
  } catch (error) {
    const folder = dirname(resolve(path));
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(folder);
    const fix = `There is no folder \`${folder}\`: make it by \`mkdir(folder, { recursive: true })\` of node:fs/promises.`;
    throw isMissing ? restated(error, (message) => `${message}. ${fix}`) : error;
  }
}

async function replace(
  target: string,
  parts: readonly Uint8Array[],
  temporary: string,
  mode: number | undefined,
): Promise<void> {
  working.add(temporary);
  try {
    await writeSynced(temporary, parts, mode);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw restated(error, (message) => message.replaceAll(temporary, target));
  } finally {
    working.delete(temporary);
  }
}

/** Where a path leads to, whether there is a file yet or not. */
async function followed(path: string): Promise<string> {
  let target = path;
  for (let i = 0; i < MOST_LINKS; i++) {
    const next = await readlink(target).catch(() => null);
    if (next === null) return target;
    target = resolve(dirname(target), next);
  }
  return target;
}

async function writeSynced(path: string, parts: readonly Uint8Array[], mode: number | undefined): Promise<void> {
  const file = await open(path, 'w', mode);
  try {
    // The mask of the process does not hold for a mode that somebody has set.
    if (mode !== undefined) await file.chmod(mode & 0o7777);
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename outlasts a failure of the machine once its folder is written; Windows cannot do it, and need not. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
