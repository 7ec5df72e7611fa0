export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;
export type Shape = readonly number[];

/** Numbers with a shape, row by row. */
export interface ShapedArray<A extends TypedArray = TypedArray> {
  readonly data: A;
  readonly shape: Shape;
}
