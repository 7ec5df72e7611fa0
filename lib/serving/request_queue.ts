/** What a {@link RequestQueue} holds: it knows its neighbours. */
export class Queued {
  /** @internal */
  previous: Queued | null = null;
  /** @internal */
  next: Queued | null = null;
  isQueued = false;
}

/**
 * Requests in the order in which they are to be computed. Not a Set: one that fills and empties all the time makes tables that refer
 * to each other, and the collector of young objects keeps all requests that they have held.
 */
export class RequestQueue<R extends Queued> {
  #first: Queued | null = null;
  #last: Queued | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): R | null {
    return this.#first as R | null;
  }

  add(request: R): void {
    request.isQueued = true;
    request.previous = this.#last;
    if (this.#last === null) this.#first = request;
    else this.#last.next = request;
    this.#last = request;
    this.#size++;
  }

  /** Returns whether it was there. */
  delete(request: R): boolean {
    if (!request.isQueued) return false;
    const { previous, next } = request;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    request.previous = request.next = null;
    request.isQueued = false;
    this.#size--;
    return true;
  }
}
