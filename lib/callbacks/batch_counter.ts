/** Tells every `period` batches, over the bounds of epochs. */
export class BatchCounter {
  readonly period: number;
  /** Batches since it told. */
  count = 0;

  constructor(period: number) {
    this.period = period;
  }

  isDue(): boolean {
    this.count = (this.count + 1) % this.period;
    return this.count === 0;
  }
}
