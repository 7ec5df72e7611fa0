import type { CodedError } from '../../errors';
import type { FileArray } from '../../files/tree';
import type { Config } from '../../identifiers';
import type { Shape } from '../../tensor';

/** What a name in a graph stands for. */
export type Value = Constant | Sizes | Tensor | Refused;

/** Numbers that the file holds. */
export interface Constant {
  readonly kind: 'constant';
  readonly name: string;
  readonly array: FileArray;
}

/** The sizes of a tensor, or some of them, {@link BATCH} for that of the batch. */
export interface Sizes {
  readonly kind: 'sizes';
  readonly sizes: readonly number[];
}

export const BATCH = -1;

/** What is computed for each sample. */
export interface Tensor {
  readonly kind: 'tensor';
  /** That of a sample. */
  readonly shape: Shape;
  readonly from: readonly Tensor[];
  /** Layers one after the other; an error where only larger parts of the graph may be a layer. */
  readonly steps: readonly Step[] | CodedError;
  readonly forms: Forms;
  /** What was rounded to integers, which no layer does. */
  readonly rounded?: Tensor;
}

/**
 * A polynomial of a tensor `x` and functions of it: coefficients by products, `{ 'x': 0.5, 'Erf(0.7071 x) x': 0.5 }`. In
 * this form all ways to write a formula are one.
 */
export type Form = ReadonlyMap<string, number>;

/** What a tensor is, in terms of some that it was computed from. */
export type Forms = ReadonlyMap<Tensor, Form>;

/** What no model of this library has. It is an error where an output depends on it. */
export interface Refused {
  readonly kind: 'refused';
  readonly error: CodedError;
}

/** A layer to make. */
export interface Step {
  readonly className: string;
  readonly config: Config;
  /** By their names in the layer. */
  readonly weights?: Readonly<Record<string, FileArray>>;
  /** The array in the file that tells the layer's name. */
  readonly named?: string;
  /** Makes it a part of the layer before, which nothing else reads; false where that has no place for it. */
  fold?(layer: Planned): boolean;
}

/** A layer of the model, which may still take in what follows it. */
export interface Planned {
  readonly className: string;
  config: Config;
  weights: Readonly<Record<string, FileArray>>;
  readonly named: string | undefined;
  readonly from: readonly Planned[];
}
