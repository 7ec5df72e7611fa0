import type { Dataset } from '../../data';
import { isShaped } from '../../data/parts';
import type { ModelData } from '../../model_options';
import type { FloatArray } from '../../native';
import { NestedReader, nestedShape } from '../../nested';
import { copied, isTypedArray, sizeOf, toShapedArray } from '../../tensor';
import { isByName } from '../compile/per_output';
import type { Topology } from '../graph/topology';
import { breathe, isSpent } from './jobs';

/** What a call takes as data. */
export interface GivenData {
  readonly x: ModelData | Dataset;
  readonly y?: ModelData | null | undefined;
  readonly sampleWeight?: ModelData | null | undefined;
}

/** Nested numbers that are read at once: more of them take too long for one turn of the event loop. */
export const AT_ONCE = 2 ** 16;
/** Numbers between two looks at the clock. */
const PIECE = 2 ** 13;

type Change = (array: unknown, argument: string, type: typeof Float32Array | typeof Float64Array) => unknown;

/**
 * The same data, each under its prefix, with all nested arrays read, in turns of the event loop, and other arrays copied
 * at once. null where nothing takes so long: the caller reads all of it before anything waits.
 */
export function readInTurns<T extends Readonly<Record<string, GivenData>>>(
  topology: Topology,
  given: T,
  signal: AbortSignal | undefined,
): Promise<T> | null {
  let isLong = false;
  mapAll(topology, given, (array, argument) => {
    isLong ||= Array.isArray(array) && sizeOf(nestedShape(array, argument)) > AT_ONCE;
  });
  return isLong ? readAll(topology, given, signal) : null;
}

async function readAll<T extends Readonly<Record<string, GivenData>>>(
  topology: Topology,
  given: T,
  signal: AbortSignal | undefined,
): Promise<T> {
  const readers: NestedReader[] = [];
  const own = mapAll(topology, given, (array, argument, type) => {
    if (!Array.isArray(array)) return copyOf(array, argument);
    const reader = new NestedReader<FloatArray>(array, argument, type);
    readers.push(reader);
    return { data: reader.data, shape: reader.shape };
  });
  for (const reader of readers) await readNested(reader, signal);
  return own as T;
}

/** Reads all of nested arrays, in turns of the event loop. */
export async function readNested(reader: NestedReader, signal?: AbortSignal): Promise<void> {
  while (!reader.read(PIECE)) {
    if (isSpent()) await breathe();
    signal?.throwIfAborted();
  }
}

function mapAll(
  topology: Topology,
  given: Readonly<Record<string, GivenData>>,
  change: Change,
): Readonly<Record<string, GivenData>> {
  const entries = Object.entries(given).map(([prefix, data]) => [prefix, mapData(topology, data, prefix, change)]);
  return Object.fromEntries(entries);
}

function mapData(topology: Topology, data: GivenData, prefix: string, change: Change): unknown {
  const { inputNames, outputNames } = topology;
  const floats = (array: unknown, argument: string): unknown => change(array, argument, Float32Array);
  // Classes are checked as they were given.
  const doubles = (array: unknown, argument: string): unknown => change(array, argument, Float64Array);
  const { x, y, sampleWeight, ...others } = data;
  return {
    x: mapArrays(x, inputNames, `${prefix}x`, floats),
    y: mapArrays(y, outputNames, `${prefix}y`, doubles),
    sampleWeight: mapArrays(sampleWeight, outputNames, `${prefix}sampleWeight`, floats),
    ...others,
  };
}

/** Changes the array, or that of each name. */
function mapArrays(
  value: unknown,
  names: readonly string[],
  argument: string,
  change: (array: unknown, argument: string) => unknown,
): unknown {
  if (isByName(value)) {
    const entries = Object.entries(value).map(([name, one]) => [name, change(one, `${argument}.${name}`)]);
    return Object.fromEntries(entries);
  }
  if (names.length > 1 && Array.isArray(value) && value.length <= names.length) {
    return Array.from(value, (one, i) => change(one, `${argument}.${names[i]}`));
  }
  return change(value, argument);
}

/** What is no array stays as it is. */
function copyOf(array: unknown, argument: string): unknown {
  const isBare = isTypedArray(array);
  if (!isBare && !isShaped(array)) return array;
  const { data, shape } = toShapedArray(array, argument);
  return isBare ? copied(data) : { data: copied(data), shape };
}
