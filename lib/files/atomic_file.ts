import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { onFile } from '../errors';

/**
 * Writes a file so that there is the old one or the new one at any moment, even if the machine fails. Others may write the
 * same file at the same time, where `temporary` is not given: the last one stays, whole.
 */
export async function writeAtomically(
  path: string,
  parts: readonly Uint8Array[],
  temporary = join(dirname(path), `.${basename(path)}.${Math.random().toString(36).slice(2)}.tmp`),
): Promise<void> {
  await onFile(path, async () => {
    try {
      await writeSynced(temporary, parts);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(dirname(path));
  });
}

async function writeSynced(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'w');
  try {
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
