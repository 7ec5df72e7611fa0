import { activationEntries } from '../../activations/registry';
import { Dense, type Layer } from '../../layers';
import { ActivationLayer } from '../../layers/activations/activation_layer';
import type { LayerSpec } from '../../native';

/** Activations that normalize along an axis: a single element always gets the same value. */
const SHARING: ReadonlySet<string> = new Set(
  activationEntries().flatMap(({ name, along }) => (along?.halves === false ? [name] : [])),
);

/** A layer whose softmax has one unit learns nothing. */
export function softmaxOverOneUnit(layer: Layer): string | null {
  const name = nativeSteps(layer)
    ?.map(aloneIn)
    .find((found) => found !== null);
  if (name === undefined) return null;
  return (
    `The layer \`${layer.name}\` has ${name} over one unit, which is always ${name === 'log_softmax' ? 0 : 1}, so ` +
    "nothing is learned. Use 'sigmoid' with binary_crossentropy for two classes, or a unit for each class."
  );
}

/** The name of the activation that a layer ends with; null where that is not known, or where options change its range. */
export function activationOf(layer: Layer | undefined): string | null {
  const steps = layer && nativeSteps(layer);
  if (steps === undefined || steps === null) return null;
  if (steps.some(isBentRelu)) return null;
  return steps.map(nameIn).find((name) => name !== null) ?? 'linear';
}

function nativeSteps(layer: Layer): readonly LayerSpec[] | null {
  if (layer.inputShapes === null || !(layer instanceof Dense || layer instanceof ActivationLayer)) return null;
  const [inputShape = [null]] = layer.inputShapes;
  return layer.toNative(inputShape.slice(1) as number[]);
}

function nameIn({ type, parameters: { activation } }: LayerSpec): string | null {
  return type === 'activation' && typeof activation === 'object' && 'name' in activation ? activation.name : null;
}

/** Whether it is a relu that is negative somewhere, or bounded. */
function isBentRelu({ parameters: { activation } }: LayerSpec): boolean {
  if (typeof activation !== 'object' || !('name' in activation) || activation.name !== 'relu') return false;
  const { negative_slope: slope, max_value: most } = activation.parameters;
  return slope !== 0 || Number.isFinite(most);
}

/** The activation of an op that normalizes along an axis of one element. */
function aloneIn(step: LayerSpec): string | null {
  const name = nameIn(step);
  return step.parameters.columns === 1 && name !== null && SHARING.has(name) ? name : null;
}
