import { sameShape } from '../../broadcast';
import { elementAt } from '../../check';
import { InWords, shapeMismatch, showShape, unsupported } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import type { Shape } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';
import { allMasked, anyOf, filled, type Mask, maskShape, notOf, type Traced, type TracedInput } from '../masks';
import { type AddNode, addOps } from '../native_ops';

/** A layer of several inputs. */
export abstract class Merge extends Layer {
  override readonly supportsMasking = true;

  protected override get inputCount(): number | null {
    return null;
  }
}

/** A layer that merges its inputs element by element, each broadcast to the common shape. */
export abstract class ElementwiseMerge extends Merge {
  constructor(className: string, options: LayerOptions = {}) {
    checkLayerOptions(options, [], className);
    super(className, options);
  }

  /** @internal */
  protected abstract readonly type: string;

  protected shapeAfter(...shapes: readonly Shape[]): Shape {
    const padded = pad(shapes);
    return elementAt(padded, 0).map((_, axis) => {
      const sizes = new Set(padded.map((shape) => elementAt(shape, axis)).filter((size) => size !== 1));
      if (sizes.size > 1) throw shapeMismatch('inputs', 'shapes that broadcast', new InWords(shownAll(shapes)));
      return [...sizes][0] ?? 1;
    });
  }

  toNative(...shapes: readonly Shape[]): readonly LayerSpec[] {
    return [{ type: this.type, parameters: { inputs: shapes.length, shapes: pad(shapes).flat() } }];
  }

  /** Where all inputs have masks, a step counts that counts in one of them. */
  protected override trace(add: AddNode, inputs: readonly TracedInput[]): Traced {
    const rank = Math.max(...inputs.map(({ shape }) => shape.length));
    // As in Keras, an input that is broadcast to more axes loses its mask.
    const kept = inputs.map((input) => (input.shape.length === rank ? input : { ...input, mask: null }));
    const masks = allMasked(kept);
    const mask = masks && anyOf(add, masks);
    return { tensor: this.traceValues(add, kept, mask), mask };
  }

  /** @internal The output, whose mask is given. */
  protected traceValues(add: AddNode, inputs: readonly TracedInput[], _mask: Mask | null): number {
    return addOps(
      add,
      this.toNative(...shapesOf(inputs)),
      inputs.map(({ tensor }) => tensor),
    );
  }

  protected override ownConfig(): Config {
    return {};
  }
}

export const shapesOf = (inputs: readonly TracedInput[]): Shape[] => inputs.map(({ shape }) => shape);

/** The greatest or least of the inputs that count; where none does, the first stands. */
export abstract class ExtremeMerge extends ElementwiseMerge {
  /** @internal What every other number wins against. */
  protected abstract readonly loser: number;

  protected override traceValues(add: AddNode, inputs: readonly [TracedInput], mask: Mask | null): number {
    const [first, ...others] = inputs;
    if (mask === null || first.mask === null) return super.traceValues(add, filled(add, inputs, this.loser), mask);
    const shape = this.shapeAfter(...shapesOf(inputs));
    if (!sameShape(maskShape(shape), maskShape(first.shape))) {
      throw unsupported(
        'inputs',
        `a first input of ${showShape(shape)} where all have masks`,
        new InWords(showShape(first.shape)),
      );
    }
    const stands = [
      { ...first, mask: first.mask },
      { shape, mask: notOf(add, mask, shape) },
    ];
    return super.traceValues(add, filled(add, [{ ...first, mask: anyOf(add, stands) }, ...others], this.loser), mask);
  }
}

/** `shape [2, 3] and shape [3]` */
const shownAll = (shapes: readonly Shape[]): string => shapes.map(showShape).join(' and ');

/** All with the same number of axes. */
function pad(shapes: readonly Shape[]): Shape[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return shapes.map((shape) => [...new Array<number>(rank - shape.length).fill(1), ...shape]);
}
