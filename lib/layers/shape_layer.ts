import type { LayerSpec } from '../native';
import { Layer } from './layer';

/** A layer that gives samples another shape. Samples are contiguous: there is nothing to move. */
export abstract class ShapeLayer extends Layer {
  toNative(): readonly LayerSpec[] {
    return [];
  }
}
