import { corruptFile, GemsbokError } from '../errors';
import { isZip, openArchive } from '../files/archive';
import { FOREIGN } from './foreign';
import type { Contents, Foreign, Format, FormatName, ModelFile } from './format';
import { H5, WEIGHTS_H5 } from './hdf5_model';
import { KERAS } from './keras_archive';
import { ONNX } from './onnx/onnx_model';
import { SAFETENSORS, SAFETENSORS_WEIGHTS } from './safetensors_model';
import { filesBeside, TFJS } from './tfjs_model';

/** All formats: to add one, add a row. A file is of the first that matches. */
const FORMATS: readonly Format[] = [KERAS, H5, WEIGHTS_H5, SAFETENSORS, SAFETENSORS_WEIGHTS, TFJS, ONNX];

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

/** `.keras, .h5 or .hdf5`, as an error names them: of what is written with such contents, or of all that is read. */
export function endingsOf(holds?: Format['holds']): string {
  const formats = FORMATS.filter((format) => holds === undefined || format.holds === holds);
  const endings = [...new Set(formats.flatMap(({ extensions }) => extensions))];
  const last = endings.pop() ?? '';
  return endings.length === 0 ? last : `${endings.join(', ')} or ${last}`;
}

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
