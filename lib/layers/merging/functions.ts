import type { LayerOptions, SymbolicLike, SymbolicTensor } from '../layer';
import { Add } from './add';
import { Average } from './average';
import { Concatenate, type ConcatenateOptions } from './concatenate';
import { Dot, type DotOptions } from './dot';
import { Maximum } from './maximum';
import { Minimum } from './minimum';
import { Multiply } from './multiply';
import { Subtract } from './subtract';

type Inputs = readonly SymbolicLike[];

/** `new Add(options).apply(inputs)`, as Keras' function. */
export const add = (inputs: Inputs, options?: LayerOptions): SymbolicTensor => new Add(options).apply(inputs);
/** `new Subtract(options).apply(inputs)`, as Keras' function. */
export const subtract = (inputs: Inputs, options?: LayerOptions): SymbolicTensor => new Subtract(options).apply(inputs);
/** `new Multiply(options).apply(inputs)`, as Keras' function. */
export const multiply = (inputs: Inputs, options?: LayerOptions): SymbolicTensor => new Multiply(options).apply(inputs);
/** `new Average(options).apply(inputs)`, as Keras' function. */
export const average = (inputs: Inputs, options?: LayerOptions): SymbolicTensor => new Average(options).apply(inputs);
/** `new Maximum(options).apply(inputs)`, as Keras' function. */
export const maximum = (inputs: Inputs, options?: LayerOptions): SymbolicTensor => new Maximum(options).apply(inputs);
/** `new Minimum(options).apply(inputs)`, as Keras' function. */
export const minimum = (inputs: Inputs, options?: LayerOptions): SymbolicTensor => new Minimum(options).apply(inputs);
/** `new Concatenate(options).apply(inputs)`, as Keras' function. */
export const concatenate = (inputs: Inputs, options?: ConcatenateOptions): SymbolicTensor =>
  new Concatenate(options).apply(inputs);
/** `new Dot(options).apply(inputs)`, as Keras' function. */
export const dot = (inputs: Inputs, options: Partial<DotOptions> = {}): SymbolicTensor =>
  new Dot({ axes: -1, ...options }).apply(inputs);
