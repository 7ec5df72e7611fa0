import type { NativeData, NonFinite } from '../../native';
import type { TypedArray } from '../../tensor';
import type { Compiled } from '../compile/compilation';
import type { Topology } from '../graph/topology';

/**
 * What is likely wrong, the surest first: NaN in the data, targets of a large scale, the learning rate. `data`: of the run;
 * null where they came as a stream.
 */
export async function warnNonFinite(
  { topology, compilation }: Compiled,
  { epoch, step, node }: NonFinite,
  data: NativeData | null,
): Promise<void> {
  const { owners, nodes } = topology.lowered;
  const name = owners[nodes[node]?.layer ?? -1]?.name;
  const where =
    name === undefined
      ? 'the outputs of all layers are finite, so that it comes from the loss itself or the targets'
      : `the first layer whose outputs are not finite is \`${name}\``;
  const rate = `a learning rate that is too large (${compilation.optimizer.learningRate.toPrecision(3)})`;
  const found = data === null ? null : await inspect(topology, data);
  const causes =
    found?.place ??
    `Likely causes: ${found === null ? 'NaN or infinite numbers in the data, ' : ''}${found?.scale ?? ''}NaN or infinite ` +
      `sample weights, inputs of a very large scale, or ${rate}.`;
  process.emitWarning(
    `The loss is not finite since epoch ${epoch + 1}, batch ${step + 1}: ${where}. ${causes} Training goes on.`,
    { code: 'GEMSBOK_NON_FINITE' },
  );
}

/** Targets above it give squares and gradients that no usual learning rate stands. */
const LARGE = 1000;

/** The first number of the data that is not finite, as a sentence, or what is to be said of the targets' scale. */
async function inspect(
  { inputNames, outputNames }: Topology,
  data: NativeData,
): Promise<{ readonly place: string | null; readonly scale: string }> {
  let largest = 0;
  for (const [column, name] of [...namesOf('x', inputNames), ...namesOf('y', outputNames)].entries()) {
    for (const { data: values, columns, from } of readBlocks(data, column)) {
      const most = greatest(values);
      if (!Number.isFinite(most)) return { place: placeOf(values, name, columns, from), scale: '' };
      if (column >= inputNames.length) largest = Math.max(largest, most);
      // Others have their turn.
      await new Promise(setImmediate);
    }
  }
  const scale = `targets of a large scale (up to ${largest.toPrecision(3)}; divide them by their standard deviation), `;
  return { place: null, scale: largest > LARGE ? scale : '' };
}

/** Numbers that are read from native memory at a time. */
const BLOCK = 65_536;

interface Block {
  readonly data: TypedArray;
  readonly columns: number;
  readonly from: number;
}

/** Copies of a column of native memory, some rows at a time; none where it is empty. */
function* readBlocks(held: NativeData, column: number): Generator<Block> {
  const columns = held.read(column, 0, 1).length;
  const step = Math.max(1, Math.floor(BLOCK / Math.max(1, columns)));
  for (let from = 0; columns > 0 && from < held.rows; from += step) {
    yield { data: held.read(column, from, Math.min(held.rows, from + step)), columns, from };
  }
}

/** The greatest magnitude; NaN where there is NaN. */
function greatest(values: TypedArray): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(Number(value)));
  return most;
}

function placeOf(values: TypedArray, name: string, columns: number, from: number): string {
  const index = Array.from(values, Number).findIndex((value) => !Number.isFinite(value));
  const place = `row ${from + Math.floor(index / columns)}${columns === 1 ? '' : `, column ${index % columns}`}`;
  return `The cause is ${values[index]} in \`${name}\`, ${place}, counted from 0.`;
}

function namesOf(stem: string, names: readonly string[]): string[] {
  return names.length === 1 ? [stem] : names.map((name) => `${stem}.${name}`);
}
