import type { LayerActivation } from '../activations/registry';
import { elementAt } from '../check';
import { unsupported } from '../errors';
import type { Config } from '../identifiers';
import type { LayerSpec } from '../native';
import type { Regularizer, RegularizerIdentifier } from '../regularizers';
import * as regularizers from '../regularizers';
import { type Shape, sizeOf } from '../tensor';

/** Adds a native layer on tensors of a native model; returns the number of its output. */
export interface AddNode {
  (spec: LayerSpec, inputs: readonly number[]): number;
  /** The same for a layer that the layer is composed of. */
  of(layer: object): AddNode;
}

/** Native layers one after the other: the first reads the inputs, each other the output of the one before. */
export function addOps(add: AddNode, specs: readonly LayerSpec[], inputs: readonly number[]): number {
  return elementAt(
    specs.reduce((from, spec) => [add(spec, from)], inputs),
    0,
  );
}

/** The native op of an activation; none where it changes nothing. */
export function activationSpecs(activation: LayerActivation, shape: Shape): readonly LayerSpec[] {
  if (activation.name === 'linear') return [];
  return [
    {
      type: 'activation',
      parameters: { size: sizeOf(shape), columns: shape.at(-1) ?? 1, activation: activation.spec },
    },
  ];
}

/** The penalty of a layer's outputs. Errors: `ERR_UNSUPPORTED` for one that native code does not add to those. */
export function activityRegularizerOf(given: RegularizerIdentifier | null | undefined): Regularizer | null {
  const regularizer = regularizers.get(given, 'activityRegularizer');
  if (regularizer === null || (!regularizer.isCustom && isSumOfPowers(regularizer.getConfig()))) return regularizer;
  const fix = 'A custom loss can add other penalties of the last outputs.';
  throw unsupported('activityRegularizer', 'L1, L2 or L1L2', regularizer, fix);
}

function isSumOfPowers(config: Config): boolean {
  return 'l1' in config || 'l2' in config;
}

/** The native op that adds a penalty of a layer's outputs to the loss. */
export function penaltySpecs(regularizer: Regularizer | null, shape: Shape): readonly LayerSpec[] {
  if (regularizer === null) return [];
  const { l1 = 0, l2 = 0 } = regularizer.getConfig() as { readonly l1?: number; readonly l2?: number };
  return [{ type: 'activity_regularization', parameters: { size: sizeOf(shape), l1, l2 } }];
}
