import { outOfRange } from '../../errors';
import type { NativeData } from '../../native';
import type { TypedArray } from '../../tensor';
import type { Lowered, Topology } from '../graph/topology';
import { isHeld, type Samples } from './rows';

/** An input whose numbers are indices. */
interface IndexInput {
  readonly input: number;
  /** How many there are. */
  readonly limit: number;
  /** That takes them. */
  readonly layer: string;
}

/** Native layers that read indices, and the parameter that tells how many there are. */
const READERS: ReadonlyMap<string, string> = new Map([
  ['embedding', 'input_dim'],
  ['category_encoding', 'num_tokens'],
]);
/** Those that hand on all that they get, in another order. */
const MOVERS: ReadonlySet<string> = new Set(['permute', 'repeat_vector']);
/** Numbers that are read from native memory at a time. */
const BLOCK = 65_536;

const known = new WeakMap<Lowered, readonly IndexInput[]>();

/**
 * Refuses indices that a layer has no row or category for, before anything is computed. `firstRow`: of the samples, among
 * all that the caller gave. Errors: `ERR_OUT_OF_RANGE` with row and column.
 */
export function checkIndices(
  { lowered, inputNames }: Topology,
  samples: Samples,
  argument: string,
  firstRow = 0,
): void {
  let inputs = known.get(lowered);
  if (inputs === undefined) {
    inputs = indexInputs(lowered, inputNames.length);
    known.set(lowered, inputs);
  }
  for (const { input, limit, layer } of inputs) {
    let row = firstRow;
    for (const { data, columns } of blocksOf(samples, input)) {
      const index = findOutside(data, limit);
      if (index !== -1) {
        const name = inputNames.length === 1 ? argument : `${argument}.${inputNames[input]}`;
        const place = `row ${row + Math.floor(index / columns)}${columns === 1 ? '' : `, column ${index % columns}`}`;
        const fix = `It stands in ${place}; the layer \`${layer}\` has ${limit} of them. Rows are counted from 0.`;
        throw outOfRange(name, `indices, integers from 0 to ${limit - 1},`, data[index], fix);
      }
      row += data.length / columns;
    }
  }
}

interface Block {
  readonly data: TypedArray;
  readonly columns: number;
}

function blocksOf({ inputs }: Samples, input: number): Iterable<Block> {
  return isHeld(inputs) ? readBlocks(inputs, input) : inputs.slice(input, input + 1);
}

/** Copies of a column of native memory, some rows at a time; none where it is empty. */
export function* readBlocks(held: NativeData, column: number): Generator<Block & { readonly from: number }> {
  const columns = held.read(column, 0, 1).length;
  const step = Math.max(1, Math.floor(BLOCK / Math.max(1, columns)));
  for (let from = 0; columns > 0 && from < held.rows; from += step) {
    yield { data: held.read(column, from, Math.min(held.rows, from + step)), columns, from };
  }
}

/** Of the first that is no integer from 0 below `limit`; -1 where all are. */
function findOutside(data: TypedArray, limit: number): number {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (!(value >= 0 && value < limit && Number.isInteger(value))) return i;
  }
  return -1;
}

/** The inputs of a model that come to a reader of indices as they are. */
function indexInputs({ layers, nodes, owners }: Lowered, inputCount: number): IndexInput[] {
  const origins: (number | null)[] = Array.from({ length: inputCount }, (_, input) => input);
  return nodes.flatMap(({ layer, inputs: [first = 0] }) => {
    const { type = '', parameters = {} } = layers[layer] ?? {};
    const origin = origins[first] ?? null;
    origins.push(MOVERS.has(type) ? origin : null);
    const limit = Number(parameters[READERS.get(type) ?? '']);
    if (origin === null || !READERS.has(type)) return [];
    return [{ input: origin, limit, layer: owners[layer]?.name ?? type }];
  });
}
