import { notCloneable } from '../cloning';
import { showInConsole } from '../console_text';
import type { Shape } from '../tensor';
import type { BatchShape } from './batch_shape';

/** What a layer takes and returns: one tensor each, or with several a list. */
export interface Ends {
  /** What it returns where it was applied. */
  readonly output: unknown;
  /** With the batch; null before it is built. */
  readonly inputShape: unknown;
  /** With the batch; null before it is built. */
  readonly outputShape: unknown;
}

/** A use of a layer. */
export class NodeOf<L> {
  readonly layer: L;
  readonly inputs: readonly TensorOf<L>[];
  readonly outputs: readonly TensorOf<L>[];

  constructor(layer: L, inputs: readonly TensorOf<L>[], shapes: readonly Shape[]) {
    this.layer = layer;
    this.inputs = inputs;
    this.outputs = shapes.map((shape, index) => new TensorOf(this, index, shape));
  }
}

/**
 * The output of a layer before there is any data: what `layer.apply` takes and returns, and what a `Model` is made of.
 * It knows its shape and where it comes from.
 */
export class TensorOf<L> {
  static {
    showInConsole(TensorOf, ({ shape }, inspect) => `SymbolicTensor ${inspect(shape)}`);
  }

  /** @internal */
  protected readonly cloning = notCloneable('a SymbolicTensor', 'send toJSON() of the model that is made of it');
  /** @internal The shape of one sample. */
  readonly sampleShape: Shape;
  /** @internal */
  readonly node: NodeOf<L>;
  /** @internal Among the outputs of the node. */
  readonly index: number;

  constructor(node: NodeOf<L>, index: number, sampleShape: Shape) {
    this.node = node;
    this.index = index;
    this.sampleShape = sampleShape;
  }

  get layer(): L {
    return this.node.layer;
  }

  /** @internal */
  get inputs(): readonly TensorOf<L>[] {
    return this.node.inputs;
  }

  /** `[null, 784]` */
  get shape(): BatchShape {
    return [null, ...this.sampleShape];
  }
}
