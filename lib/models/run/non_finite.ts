import type { NativeData, NonFinite } from '../../native';
import type { TypedArray } from '../../tensor';
import type { Compiled } from '../compile/compilation';
import { findNonFinite } from '../data/finite';
import type { Topology } from '../graph/topology';

/** Tells, with the likely cause, of the first step of `fit` whose loss is not finite; `data`: what may be the cause. */
export async function warnOfTraining(
  { topology, compilation }: Compiled,
  { epoch, step, node }: NonFinite,
  data: readonly NativeData[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const where = layerOf(topology, node);
  const causes = await causesOf(topology, data, rateOf(compilation), signal);
  warn(`The loss is not finite since epoch ${epoch + 1}, batch ${step + 1}: ${where}. ${causes} Training continues.`);
}

/** As {@link warnOfTraining}, for a step alone; once a model, as there may be thousands of them. */
export async function warnOfStep(
  { topology, compilation }: Compiled,
  { node }: NonFinite,
  data: NativeData,
): Promise<void> {
  if (!isFirst('trainOnBatch', topology)) return;
  const causes = await causesOf(topology, [data], rateOf(compilation));
  warn(`The loss of \`trainOnBatch\` is not finite: ${layerOf(topology, node)}. ${causes}`);
}

/** As {@link warnOfStep}, where nothing was trained. */
export async function warnOfBatch(
  topology: Topology,
  data: NativeData,
  method: 'testOnBatch' | 'lossAndGradients' | 'inputGradients',
): Promise<void> {
  if (isFirst(method, topology)) await warnOfEvaluation(topology, data, `\`${method}\``);
}

/** Tells of the loss of an evaluation, which is called `what`, with the likely cause; rejects where it is aborted. */
export async function warnOfEvaluation(
  topology: Topology,
  data: NativeData,
  what: string,
  signal?: AbortSignal,
): Promise<void> {
  const causes = await causesOf(topology, [data], 'weights that are not finite, or too large', signal);
  warn(`The loss of ${what} is not finite. ${causes}`);
}

function warn(message: string): void {
  process.emitWarning(message, { code: 'GEMSBOK_NON_FINITE' });
}

const told = {
  trainOnBatch: new WeakSet<Topology>(),
  testOnBatch: new WeakSet<Topology>(),
  lossAndGradients: new WeakSet<Topology>(),
  inputGradients: new WeakSet<Topology>(),
};

function isFirst(method: keyof typeof told, topology: Topology): boolean {
  if (told[method].has(topology)) return false;
  told[method].add(topology);
  return true;
}

function layerOf({ lowered: { owners, nodes } }: Topology, node: number): string {
  const name = owners[nodes[node]?.layer ?? -1]?.name;
  return name === undefined
    ? 'the outputs of all layers are finite, so it comes from the loss itself or the targets'
    : `the first layer whose outputs are not finite is \`${name}\``;
}

function rateOf({ optimizer }: Compiled['compilation']): string {
  return `a learning rate that is too large (${optimizer.learningRate.toPrecision(3)})`;
}

/** Targets above it give squares and gradients that no usual learning rate stands. */
const LARGE = 1000;

/** What is likely wrong, the surest first: numbers of the data, targets of a large scale, then `other`. */
async function causesOf(
  topology: Topology,
  data: readonly NativeData[],
  other: string,
  signal?: AbortSignal,
): Promise<string> {
  let largest = 0;
  for (const one of data) {
    const found = await inspect(topology, one, signal);
    if (found.cause !== null) return found.cause;
    largest = Math.max(largest, found.largest);
  }
  const scale = `targets of a large scale (up to ${largest.toPrecision(3)}; divide them by their standard deviation), `;
  return `Likely causes: ${largest > LARGE ? scale : ''}inputs of a very large scale, or ${other}.`;
}

/** The first number that is not finite, as a sentence, or else the greatest magnitude of the targets. */
async function inspect(
  topology: Topology,
  data: NativeData,
  signal: AbortSignal | undefined,
): Promise<{ readonly cause: string | null; readonly largest: number }> {
  const found = findNonFinite(topology, data);
  if (found !== null) {
    const { value, argument, place } = found;
    const cause = `The cause is ${value} in \`${argument}\`, ${place}, counted from 0 over all of the data.`;
    return { cause, largest: 0 };
  }
  const { inputNames, outputNames } = topology;
  let largest = 0;
  for (const o of outputNames.keys()) {
    for (const block of readBlocks(data, inputNames.length + o)) {
      largest = Math.max(largest, greatest(block));
      // Others have their turn.
      await new Promise(setImmediate);
      signal?.throwIfAborted();
    }
  }
  return { cause: null, largest };
}

/** Numbers that are read from native memory at a time. */
const BLOCK = 65_536;

/** Copies of a column of native memory, some rows at a time; none where it is empty. */
function* readBlocks(data: NativeData, column: number): Generator<TypedArray> {
  const columns = data.read(column, 0, 1).length;
  const step = Math.max(1, Math.floor(BLOCK / Math.max(1, columns)));
  for (let from = 0; columns > 0 && from < data.rows; from += step) {
    yield data.read(column, from, Math.min(data.rows, from + step));
  }
}

function greatest(values: TypedArray): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(Number(value)));
  return most;
}
