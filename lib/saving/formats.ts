import type { Format, FormatName } from './format';
import { H5, WEIGHTS_H5 } from './hdf5_model';
import { KERAS } from './keras_archive';
import { ONNX } from './onnx/onnx_model';
import { SAFETENSORS, SAFETENSORS_WEIGHTS } from './safetensors_model';
import { TFJS } from './tfjs_model';

/** All formats: to add one, add a row. A file is of the first that matches. */
export const FORMATS: readonly Format[] = [KERAS, H5, WEIGHTS_H5, SAFETENSORS, SAFETENSORS_WEIGHTS, TFJS, ONNX];

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
