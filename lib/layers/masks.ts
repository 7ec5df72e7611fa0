import { type Shape, sizeOf } from '../tensor';
import type { AddNode } from './native_ops';

/** A mask of a native model, `[steps]` of each sample with 1 where a step counts: made when it is first asked for. */
export type Mask = () => number;

/** A tensor of a native model and its mask, which is null where all steps count. */
export interface Traced {
  readonly tensor: number;
  readonly mask: Mask | null;
}

export interface TracedInput extends Traced {
  /** The shape of one sample. */
  readonly shape: Shape;
}

/** A mask, and the shape of what it is the mask of. */
export interface MaskedInput {
  readonly shape: Shape;
  readonly mask: Mask;
}

function once(make: () => number): Mask {
  let made: number | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

/** A step is all that lies along the last axis. */
export function maskShape(shape: Shape): Shape {
  return shape.slice(0, -1);
}

function cut(shape: Shape): { readonly steps: number; readonly features: number } {
  return { steps: sizeOf(maskShape(shape)), features: shape.at(-1) ?? 1 };
}

/** Steps count where not all of their features have this value. */
export function maskOf(add: AddNode, { tensor, shape }: Omit<TracedInput, 'mask'>, value: number): Mask {
  return once(() => add({ type: 'mask', parameters: { ...cut(shape), mask_value: value } }, [tensor]));
}

/** The tensor with a value in all features of the steps that do not count. */
export function fill(add: AddNode, { tensor, shape }: Omit<TracedInput, 'mask'>, mask: Mask, value: number): number {
  return add({ type: 'mask_fill', parameters: { ...cut(shape), value } }, [tensor, mask()]);
}

/** The inputs, of which those that have a mask have a value where it does not count. */
export function filled(add: AddNode, inputs: readonly TracedInput[], value: number): TracedInput[] {
  return inputs.map((input) => {
    return input.mask === null ? input : { ...input, tensor: fill(add, input, input.mask, value) };
  });
}

/** Null unless all inputs have a mask. */
export function allMasked(inputs: readonly TracedInput[]): readonly MaskedInput[] | null {
  const masked = inputs.flatMap(({ shape, mask }) => (mask === null ? [] : [{ shape, mask }]));
  return masked.length === inputs.length ? masked : null;
}

/** A mask of masks of one rank: where any of them counts. */
export function anyOf(add: AddNode, masks: readonly MaskedInput[]): Mask {
  return once(() => {
    const shapes = masks.flatMap(({ shape }) => maskShape(shape));
    return add(
      { type: 'maximum', parameters: { inputs: masks.length, shapes } },
      masks.map(({ mask }) => mask()),
    );
  });
}

/** Where the mask of a tensor of this shape does not count. */
export function notOf(add: AddNode, mask: Mask, shape: Shape): Mask {
  return once(() => maskOf(add, { tensor: mask(), shape: [...maskShape(shape), 1] }, 1)());
}

/** The masks of tensors that are put side by side along an axis of a sample. */
export function sideBySide(add: AddNode, inputs: readonly TracedInput[], axis: number): Mask | null {
  if (inputs.every(({ mask }) => mask === null)) return null;
  // No value is NaN: every step counts.
  const masks = inputs.map((input) => ({ shape: input.shape, mask: input.mask ?? maskOf(add, input, Number.NaN) }));
  const [{ shape } = { shape: [] }] = inputs;
  if (axis === shape.length - 1) return anyOf(add, masks);
  const sizes = inputs.map((input) => sizeOf(maskShape(input.shape).slice(axis)));
  return once(() =>
    add(
      { type: 'concatenate', parameters: { outer: sizeOf(shape.slice(0, axis)), sizes } },
      masks.map(({ mask }) => mask()),
    ),
  );
}
