import type { Shape, TypedArray } from './shaped_array';

/** Numbers in arrays in arrays. */
export type NestedArray<T> = T | readonly NestedArray<T>[];

/** What `toArray` returns: `number[][]` for two axes; {@link NestedArray} where the number of axes is not known. */
export type ArrayOfShape<S extends Shape> = number extends S['length']
  ? NestedArray<number>
  : S extends readonly [number, ...infer Inner extends Shape]
    ? ArrayOfShape<Inner>[]
    : number;

/** The shape that data have, with a `number` for each axis, as far as their type tells. */
export type ShapeOf<D> =
  NestedArray<number> extends D
    ? Shape
    : D extends number | boolean
      ? []
      : D extends TypedArray
        ? [number]
        : D extends { readonly data: TypedArray; readonly shape: infer S extends Shape }
          ? S
          : D extends readonly (infer Row)[]
            ? [number, ...ShapeOf<Row>]
            : Shape;
