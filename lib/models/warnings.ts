import { activationNames, findEntry } from '../activations/activation';
import { Dense, type Layer } from '../layers';
import { ActivationLayer } from '../layers/activation';
import type { LayerSpec, NonFinite } from '../native';
import type { Fit } from './fit';

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

export function warnNonFinite({ topology, compilation }: Fit, { epoch, step, node }: NonFinite): void {
  const { owners, nodes } = topology.lowered;
  const name = owners[nodes[node]?.layer ?? -1]?.name;
  const where =
    name === undefined
      ? 'the outputs of all layers are finite, so that it comes from the loss itself or the targets'
      : `the first layer whose outputs are not finite is \`${name}\``;
  const rate = compilation.optimizer.learningRate;
  process.emitWarning(
    `The loss is not finite since epoch ${epoch + 1}, batch ${step + 1}: ${where}. Likely causes: a learning rate that ` +
      `is too large (${rate.toPrecision(3)}), NaN or infinite numbers in \`x\`, \`y\` or the sample weights, or inputs ` +
      'of a very large scale. Training goes on.',
    { code: 'GEMSBOK_NON_FINITE' },
  );
}
