import { GemsbokError } from '../../errors';
import type { NativeData } from '../../native';
import type { Topology } from '../graph/topology';

/** A number that is NaN or infinite, and where it is. */
export interface NonFiniteNumber {
  readonly value: number;
  /** The array, such as `validationData.x`. */
  readonly argument: string;
  /** Which of the data's columns it is in: the inputs come first. */
  readonly column: number;
  /** `row 3, column 1`, counted from 0 over all of the data. */
  readonly place: string;
}

/** The first one in some data; null where there is none. */
export function findNonFinite({ inputNames, outputNames }: Topology, data: NativeData): NonFiniteNumber | null {
  const found = data.findNonFinite();
  if (found === null) return null;
  const [column, row, element] = found;
  const [inputs, targets, weights] = [
    namesOf('x', inputNames),
    namesOf('y', outputNames),
    namesOf('sampleWeight', outputNames),
  ];
  const values = data.read(column, row, row + 1);
  const { prefix, firstRow } = data.origin;
  return {
    value: Number(values[element]),
    column,
    argument: `${prefix}${[...inputs, ...targets, ...weights][column]}`,
    place: `row ${firstRow + row}${values.length === 1 ? '' : `, column ${element}`}`,
  };
}

/** Errors: `ERR_NOT_FINITE` for NaN and infinity, which spoil a model within one step. */
export function checkFinite(topology: Topology, data: NativeData): void {
  const found = findNonFinite(topology, data);
  // The layer that an index is for says that it does not have it.
  if (found === null || topology.lowered.owners[topology.native.indexLayers[found.column] ?? -1] !== undefined) return;
  const { value, argument, place } = found;
  throw new GemsbokError(
    'ERR_NOT_FINITE',
    `Expected finite numbers for \`${argument}\`, received ${value} in ${place}, counted from 0. Remove or fill what is ` +
      'missing, or pass { allowNonFinite: true }.',
  );
}

function namesOf(stem: string, names: readonly string[]): string[] {
  return names.length === 1 ? [stem] : names.map((name) => `${stem}.${name}`);
}
