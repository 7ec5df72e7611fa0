import type { LayerSpec } from '../native';
import { Layer } from './layer';

/** A layer that changes the shape of samples. Samples are contiguous: there is nothing to move. */
export abstract class ShapeLayer extends Layer {
  toNative(): readonly LayerSpec[] {
    return [];
  }
}
