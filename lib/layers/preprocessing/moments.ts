import { tileTo } from '../../broadcast';
import { elementAt } from '../../check';
import { type Shape, sizeOf } from '../../tensor';

/** Mean and biased variance of samples that come batch by batch, for each index along some axes. */
export class Moments {
  readonly mean: Float64Array;
  /** Sums of squared differences from the mean. */
  readonly #sums: Float64Array;
  /** For each element of a sample, the index of the mean that it counts for. */
  readonly #indices: Float64Array;
  #count = 0;

  /** The axes of one sample that are told apart. */
  constructor(sampleShape: Shape, axes: readonly number[]) {
    const kept = sampleShape.map((size, i) => (axes.includes(i) ? size : 1));
    const count = sizeOf(kept);
    this.mean = new Float64Array(count);
    this.#sums = new Float64Array(count);
    this.#indices = tileTo(
      Float64Array.from({ length: count }, (_, i) => i),
      kept,
      sampleShape,
    );
  }

  get variance(): Float64Array {
    return this.#sums.map((sum) => sum / this.#count);
  }

  /** Rows of samples. Two passes, as one would lose digits where the mean is large. */
  add(data: Float64Array): void {
    const added = data.length / this.mean.length;
    const mean = this.#sumOf(data, (x) => x).map((sum) => sum / added);
    const sums = this.#sumOf(data, (x, index) => (x - elementAt(mean, index)) ** 2);
    const total = this.#count + added;
    for (const [index, ofBatch] of mean.entries()) {
      const difference = ofBatch - elementAt(this.mean, index);
      const shift = (difference ** 2 * this.#count * added) / total;
      this.mean[index] = elementAt(this.mean, index) + (difference * added) / total;
      this.#sums[index] = elementAt(this.#sums, index) + elementAt(sums, index) + shift;
    }
    this.#count = total;
  }

  #sumOf(data: Float64Array, value: (x: number, index: number) => number): Float64Array {
    const sums = new Float64Array(this.mean.length);
    for (const [i, x] of data.entries()) {
      const index = elementAt(this.#indices, i % this.#indices.length);
      sums[index] = elementAt(sums, index) + value(x, index);
    }
    return sums;
  }
}
