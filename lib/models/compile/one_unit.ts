import { activationEntries } from '../../activations/registry';
import { Dense, type Layer } from '../../layers';
import { ActivationLayer } from '../../layers/activations/activation_layer';
import type { LayerSpec } from '../../native';

/** Activations that normalize along an axis: a single element always gets the same value. */
const SHARING: ReadonlySet<string> = new Set(
  activationEntries().flatMap(({ name, along }) => (along?.halves === false ? [name] : [])),
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

/** The activation of an op that normalizes along an axis of one element. */
function aloneIn({ type, parameters: { columns, activation } }: LayerSpec): string | null {
  if (type !== 'activation' || columns !== 1 || typeof activation !== 'object' || !('name' in activation)) return null;
  return SHARING.has(activation.name) ? activation.name : null;
}
