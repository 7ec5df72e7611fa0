import { shapeMismatch, showShape } from '../errors';
import type { NativeModel } from '../native';
import { type Shape, sizeOf, Tensor, type TensorLike, toFloats } from '../tensor';

/** An array of parameters that a layer learns. */
export class Variable {
  readonly name: string;
  readonly shape: Shape;
  readonly trainable = true;
  /** Until a native model holds the values. */
  #values: Float32Array;
  #home: { readonly model: NativeModel; readonly offset: number } | null = null;

  constructor(name: string, initial: Tensor<Float32Array>) {
    this.name = name;
    this.shape = initial.shape;
    this.#values = initial.data;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** A copy of the values. */
  get value(): Tensor<Float32Array> {
    const home = this.#home;
    return new Tensor(home === null ? this.#values.slice() : home.model.read(home.offset, this.size), this.shape);
  }

  /** Errors: `ERR_SHAPE_MISMATCH` for values of another shape. */
  assign(values: TensorLike): void {
    this.write(this.checked(values, this.name));
  }

  /** The values as they will be written: apart from `write` so that many can be checked before any is written. */
  checked(values: TensorLike, argument: string): Float32Array {
    const { data, shape } = toFloats(values, 'float32', argument);
    if (shape.join() !== this.shape.join()) {
      throw shapeMismatch(argument, `values of ${showShape(this.shape)} (\`${this.name}\`)`, shape);
    }
    return Float32Array.from(data);
  }

  write(values: Float32Array): void {
    if (this.#home === null) this.#values = values;
    else this.#home.model.write(this.#home.offset, values);
  }

  /** Moves the values into a native model's arena. */
  moveInto(model: NativeModel, offset: number): void {
    model.write(offset, this.#values);
    this.#home = { model, offset };
    this.#values = new Float32Array(0);
  }

  /** Takes the values back from the native model. */
  moveOut(): void {
    this.#values = this.value.data;
    this.#home = null;
  }
}
