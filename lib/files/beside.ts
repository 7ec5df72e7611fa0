import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { corruptFile, onFile } from '../errors';
import { checkBytes } from './stream';

/** A model's file by its path, or its bytes; `where` names it in errors. */
export interface ModelSource {
  readonly source: string | Uint8Array;
  readonly where: string;
  /** The files beside one that has no path, by their names. */
  readonly beside: ReadonlyMap<string, Uint8Array>;
}

/**
 * A file that another one names, which is checked to lead nowhere else. Errors: `ERR_CORRUPT_FILE` where there is none
 * among bytes, `ERR_UNSUPPORTED` for large ones, those of the system.
 */
export async function readBeside(
  name: string,
  source: ModelSource['source'],
  beside: ModelSource['beside'],
  where: string,
): Promise<Uint8Array> {
  if (typeof source !== 'string') {
    const bytes = beside.get(name);
    if (bytes !== undefined) return bytes;
    throw corruptFile(where, `\`${name}\` beside it, as in { 'model.json': bytes, '${name}': bytes },`, 'none');
  }
  const path = join(dirname(source), name);
  return onFile(path, async () => {
    const found = await stat(path);
    if (!found.isFile()) throw corruptFile(where, `a file \`${name}\` beside it`, 'a folder or a device');
    checkBytes(found.size, `\`${path}\``);
    return new Uint8Array(await readFile(path));
  });
}
