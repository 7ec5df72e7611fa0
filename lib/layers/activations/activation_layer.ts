import type { LayerActivation } from '../../activations/registry';
import type { LayerSpec } from '../../native';
import type { Shape } from '../../tensor';
import { Layer } from '../layer';
import { activationSpecs } from '../native_ops';

/** What all layers that only compute an activation share. */
export abstract class ActivationLayer extends Layer {
  override readonly supportsMasking = true;

  /** @internal */
  protected abstract resolved(): LayerActivation;

  protected shapeAfter(inputShape: Shape): Shape {
    return inputShape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    return activationSpecs(this.resolved(), inputShape);
  }
}
