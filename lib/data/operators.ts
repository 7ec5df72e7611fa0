import { invalidArgument } from '../errors';
import { SeedGenerator } from '../random';
import { checkNoRow, type Element, stackRows, toElement } from './element';
import type { Open } from './source';

// Each takes passes and returns passes. Leaving one early leaves those below it, as `for await` does.

/** What a source yields, as elements. */
export function elements(open: Open<unknown>): Open<Element> {
  return async function* (signal) {
    let index = 0;
    for await (const value of open(signal)) {
      const name = `source[${index++}]`;
      yield toElement(checkNoRow(value, name), name);
    }
  };
}

export function mapped(open: Open<Element>, change: (element: Element) => unknown): Open<Element> {
  return async function* (signal) {
    for await (const element of open(signal)) yield toElement(await change(element), 'map()');
  };
}

export function filtered(open: Open<Element>, keeps: (element: Element) => unknown): Open<Element> {
  return async function* (signal) {
    for await (const element of open(signal)) if (await keeps(element)) yield element;
  };
}

export function batched(open: Open<Element>, size: number, dropRemainder: boolean): Open<Element> {
  return async function* (signal) {
    let rows: Element[] = [];
    let first = 0;
    for await (const row of open(signal)) {
      rows.push(row);
      if (rows.length < size) continue;
      yield stackRows(rows, first);
      first += rows.length;
      rows = [];
    }
    if (rows.length > 0 && !dropRemainder && !signal.aborted) yield stackRows(rows, first);
  };
}

export function taken(open: Open<Element>, count: number): Open<Element> {
  return async function* (signal) {
    let left = count;
    if (left === 0) return;
    for await (const element of open(signal)) {
      yield element;
      if (--left === 0) return;
    }
  };
}

export function skipped(open: Open<Element>, count: number): Open<Element> {
  return async function* (signal) {
    let left = count;
    for await (const element of open(signal)) if (left-- <= 0) yield element;
  };
}

export function sharded(open: Open<Element>, rank: number, size: number): Open<Element> {
  return async function* (signal) {
    let index = 0;
    for await (const element of open(signal)) if (index++ % size === rank) yield element;
  };
}

export function repeated(open: Open<Element>, count: number): Open<Element> {
  return async function* (signal) {
    for (let pass = 0; pass < count && !signal.aborted; pass++) {
      let isEmpty = true;
      for await (const element of open(signal)) {
        isEmpty = false;
        yield element;
      }
      if (isEmpty) return;
    }
  };
}

/** Keeps what the first whole pass yielded. */
export function cached(open: Open<Element>): Open<Element> {
  let kept: readonly Element[] | null = null;
  return async function* (signal) {
    if (kept !== null) {
      yield* kept;
      return;
    }
    const seen: Element[] = [];
    for await (const element of open(signal)) {
      seen.push(element);
      yield element;
    }
    if (!signal.aborted) kept = seen;
  };
}

/** Yields a random element of a buffer, and replaces it with the next one. Each pass has another order. */
export function shuffled(open: Open<Element>, bufferSize: number, seed: number): Open<Element> {
  let passes = 0;
  return async function* (signal) {
    const random = new SeedGenerator(seed + passes++);
    const buffer: Element[] = [];
    const draw = (): Element | undefined => {
      const at = random.next() % buffer.length;
      const drawn = buffer[at];
      const last = buffer.pop();
      if (at < buffer.length && last !== undefined) buffer[at] = last;
      return drawn;
    };
    for await (const element of open(signal)) {
      buffer.push(element);
      if (buffer.length < bufferSize) continue;
      const drawn = draw();
      if (drawn !== undefined) yield drawn;
    }
    for (let drawn = draw(); drawn !== undefined; drawn = draw()) yield drawn;
  };
}

/** The x of each, side by side, as x, y and weight; ends with the shortest. */
export function zipped(opens: readonly Open<Element>[]): Open<Element> {
  return async function* (signal) {
    const passes = opens.map((open) => open(signal)[Symbol.asyncIterator]());
    try {
      for (;;) {
        const results = await Promise.all(passes.map((pass) => pass.next()));
        if (results.some(({ done }) => done)) return;
        const [x, y, sampleWeight] = results.map(({ value }) => value.x);
        if (x === undefined) throw invalidArgument('x', 'numbers', x);
        yield { x, y, sampleWeight };
      }
    } finally {
      await Promise.all(passes.map((pass) => pass.return?.()));
    }
  };
}
