import { activationNames, findEntry } from '../activations/activation';
import { Dense, type Layer } from '../layers';
import { ActivationLayer } from '../layers/activation';
import type { LayerSpec, NativeData, NonFinite } from '../native';
import type { TypedArray } from '../tensor';
import type { Fit } from './fit';
import { readBlocks } from './indices';
import type { Topology } from './topology';

/** Activations that share 1 out along an axis: alone on it, an element always gets the same. */
const SHARING: ReadonlySet<string> = new Set(
  activationNames().filter((name) => findEntry(name)?.along?.halves === false),
);

/** Warns of each layer whose softmax has one unit: it learns nothing. */
export function warnOfOneUnit(layers: readonly Layer[]): void {
  for (const layer of layers) {
    const name = nativeSteps(layer)
      .map(aloneIn)
      .find((found) => found !== null);
    if (name === undefined) continue;
    process.emitWarning(
      `The layer \`${layer.name}\` has ${name} over one unit, which always gives ${name === 'log_softmax' ? 0 : 1}, so ` +
        "that nothing is learned. Use 'sigmoid' with binary_crossentropy for two classes, or a unit for each class.",
      { code: 'GEMSBOK_ONE_UNIT' },
    );
  }
}

function nativeSteps(layer: Layer): readonly LayerSpec[] {
  if (layer.inputShapes === null || !(layer instanceof Dense || layer instanceof ActivationLayer)) return [];
  const [inputShape = [null]] = layer.inputShapes;
  return layer.toNative(inputShape.slice(1) as number[]);
}

/** The activation of a step that shares 1 out to one element alone. */
function aloneIn({ type, parameters: { columns, activation } }: LayerSpec): string | null {
  if (type !== 'activation' || columns !== 1 || typeof activation !== 'object' || !('name' in activation)) return null;
  return SHARING.has(activation.name) ? activation.name : null;
}

/**
 * What is likely wrong, the surest first: NaN in the data, targets of a large scale, the learning rate. `data`: of the run;
 * null where they came as a stream.
 */
export async function warnNonFinite(
  { topology, compilation }: Fit,
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
