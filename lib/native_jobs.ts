/**
 * Work on the library's own threads. `cancel` makes it stop at the next step, or at once where it waits for its turn,
 * and settle with `cancelled`; it is called as a method, as all jobs share it.
 */
export interface Job<T> {
  readonly promise: Promise<T>;
  cancel(): void;
}
