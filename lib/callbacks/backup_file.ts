import type * as Crypto from 'node:crypto';
import { mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type * as V8 from 'node:v8';
import { GemsbokError, invalidArgument } from '../errors';
import { writeAtomically } from '../files/atomic_file';

// Eight bytes that no other format begins with, the last of which is the version; the SHA-256 of what follows; the value
// as structured cloning serializes it, which keeps NaN and typed arrays.
const MAGIC = Buffer.from('\x89GMSBK\n\x01', 'latin1');
const HASH_BYTES = 32;

// Loaded where they are needed, as they take a good part of the time of importing the library.
const crypto = () => require('node:crypto') as typeof Crypto;
const v8 = () => require('node:v8') as typeof V8;

/** The bytes of a file that holds a value. Errors: `ERR_INVALID_ARG` where it holds what has no bytes, as functions. */
export function encodeBackup(value: unknown): readonly Buffer[] {
  const body = serialized(value);
  return [MAGIC, hashOf(body), body];
}

/** The reverse. Errors: `ERR_CORRUPT_FILE` for anything else than such a file, whole. */
export function decodeBackup(bytes: Buffer, path: string): unknown {
  const found = bytes.subarray(0, MAGIC.length);
  if (!found.subarray(0, -1).equals(MAGIC.subarray(0, -1))) throw corrupt(path, 'another file');
  if (!found.equals(MAGIC)) throw corrupt(path, `one of version ${found.at(-1)}`);
  const body = bytes.subarray(MAGIC.length + HASH_BYTES);
  if (!bytes.subarray(MAGIC.length, MAGIC.length + HASH_BYTES).equals(hashOf(body)))
    throw corrupt(path, 'a damaged one');
  try {
    return v8().deserialize(body);
  } catch (cause) {
    throw corrupt(path, 'one of a newer version of Node', cause);
  }
}

export async function writeBackup(path: string, parts: readonly Buffer[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // One name for all, so that a run that was killed while it wrote leaves a single one.
  await writeAtomically(path, parts, `${path}.tmp`);
}

/** The value of the file; undefined where there is none. */
export async function readBackup(path: string): Promise<unknown> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return decodeBackup(bytes, path);
}

/** Removes the file, and its folder where nothing else is in it. */
export async function removeBackup(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}.tmp`, { force: true });
  await rmdir(dirname(path)).catch(() => {});
}

function serialized(value: unknown): Buffer {
  try {
    return v8().serialize(value);
  } catch (cause) {
    const expected = 'logs and states that structured cloning takes';
    throw invalidArgument('callbacks', expected, (cause as Error).message, '', { cause });
  }
}

function hashOf(body: Buffer): Buffer {
  return crypto().createHash('sha256').update(body).digest();
}

function corrupt(path: string, found: string, cause?: unknown): GemsbokError {
  const message = `Expected a backup in \`${path}\`, received ${found}. Delete it to start over.`;
  return new GemsbokError('ERR_CORRUPT_FILE', message, { cause });
}
