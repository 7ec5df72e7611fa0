import { corruptFile, GemsbokError } from '../errors';
import { isZip, openArchive } from '../files/archive';
import { FOREIGN } from './foreign';
import type { Contents, Foreign, Format, FormatName, ModelFile } from './format';
import { H5, WEIGHTS_H5 } from './hdf5_model';
import { KERAS } from './keras_archive';
import { SAFETENSORS, SAFETENSORS_WEIGHTS } from './safetensors_model';

/** All formats: to add one, add a row. A file is of the first that matches. */
const FORMATS: readonly Format[] = [KERAS, H5, WEIGHTS_H5, SAFETENSORS, SAFETENSORS_WEIGHTS];

const MOST_START = 4096;

export const FORMAT_NAMES = FORMATS.map(({ name }) => name);

/** Whether files of one format cannot be told from those of the other. */
export function isSameFormat(a: FormatName, b: FormatName): boolean {
  return formatNamed(a).matches === formatNamed(b).matches;
}

export function formatNamed(name: FormatName): Format {
  return FORMATS.find((format) => format.name === name) as Format;
}

/** The format with such contents that a path's ending tells; undefined where there is none. */
export function formatOfPath(path: string, holds: Format['holds']): Format | undefined {
  return FORMATS.find((format) => format.holds === holds && format.extensions.some((end) => path.endsWith(end)));
}

/** `.keras, .h5 or .hdf5`, as an error names them. */
export function endingsOf(holds?: Format['holds']): string {
  const formats = FORMATS.filter((format) => holds === undefined || format.holds === holds);
  const endings = formats.flatMap(({ extensions }) => extensions);
  const last = endings.pop() ?? '';
  return endings.length === 0 ? last : `${endings.join(', ')} or ${last}`;
}

export interface ReadModel extends Contents {
  readonly format: FormatName;
}

/** A file's contents, and its format, which follows from them alone. `where` names the file in errors. */
export async function readModel(bytes: Uint8Array, where: string): Promise<ReadModel> {
  const start = Buffer.from(bytes.subarray(0, MOST_START)).toString('latin1');
  const archive = isZip(start) ? await openArchive(bytes, where) : null;
  const file = { bytes, where, start, archive };
  const format = recognised(file);
  return { format: format.name, ...(await format.read(file)) };
}

function recognised(file: ModelFile): Format {
  const found = [...FOREIGN, ...FORMATS].find((format: Foreign | Format) => format.matches(file));
  if (found === undefined) {
    const received = file.bytes.length === 0 ? 'an empty file' : 'other contents';
    throw corruptFile(file.where, `a model (${endingsOf()})`, received);
  }
  if ('read' in found) return found;
  const message = `Expected a model (${endingsOf()}) in ${file.where}, received ${found.name}. ${found.fix}`;
  throw new GemsbokError('ERR_UNSUPPORTED', message);
}
