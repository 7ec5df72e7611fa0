import { corruptFile, GemsbokError } from '../errors';
import { isZip, openArchive } from '../files/archive';
import { FOREIGN } from './foreign';
import type { Contents, Foreign, Format, FormatName, ModelFile } from './format';
import { endingsOf, FORMATS } from './formats';
import { SAFETENSORS } from './safetensors_model';
import { filesBeside } from './tfjs_model';

const MOST_START = 4096;

export interface ReadModel extends Contents {
  readonly format: FormatName;
}

/** A file's contents, and its format, which follows from them alone. */
export async function readModel(bytes: Uint8Array, where: string, beside: ModelFile['beside']): Promise<ReadModel> {
  const start = startOf(bytes);
  const archive = isZip(start) ? await openArchive(bytes, where) : null;
  const file = { bytes, where, start, archive, beside };
  const format = recognised(file);
  return { format: format.name, ...(await format.read(file)) };
}

/** The files beside a model's that it needs. */
export function neededBeside(bytes: Uint8Array, where: string): readonly string[] {
  const beside = async (): Promise<Uint8Array> => new Uint8Array(0);
  return filesBeside({ bytes, where, start: startOf(bytes), archive: null, beside });
}

function startOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, MOST_START)).toString('latin1');
}

function recognised(file: ModelFile): Format {
  // The length that a file of safetensors begins with may look like the start of any other.
  const found = [SAFETENSORS, ...FOREIGN, ...FORMATS].find((format: Foreign | Format) => format.matches(file));
  if (found === undefined) {
    const received = file.bytes.length === 0 ? 'an empty file' : 'other contents';
    throw corruptFile(file.where, `a model (${endingsOf()})`, received);
  }
  if ('read' in found) return found;
  const message = `Expected a model (${endingsOf()}) in ${file.where}, received ${found.name}. ${found.fix}`;
  throw new GemsbokError('ERR_UNSUPPORTED', message);
}
