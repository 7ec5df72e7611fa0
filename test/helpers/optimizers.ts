import type { Test } from 'tap';
import type { Args } from '../optimizers.cases';
import { type Nd, nd } from '../oracle/ndarray';
import { sequence } from './numbers';

export type Floats = Float32Array | Float64Array;
export type FloatsType = Float32ArrayConstructor | Float64ArrayConstructor;

export interface Variable<F extends Floats = Floats> {
  readonly data: F;
  readonly shape: readonly number[];
}

/** Numbers that float32 holds exactly, so that both precisions and the oracle start from the same ones. */
export function draw(shape: readonly number[], seed: number): Nd {
  const size = shape.reduce((product, length) => product * length, 1);
  return nd([...shape], Float32Array.from(sequence(size, seed)));
}

export function variableOf(type: FloatsType, { shape, data }: Nd): Variable {
  return { data: type.from(data), shape };
}

/** The numbers of several arrays, one after the other. */
export function flat(variables: readonly { readonly data: Iterable<number> }[]): number[] {
  return variables.flatMap(({ data }) => [...data]);
}

/** Off by at most `tolerance`, relative to numbers above 1; NaN only where NaN is wanted. */
export function near(
  test: Test,
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  const bad = Array.from(wanted).findIndex((value, i) => {
    const got = found[i] ?? Number.POSITIVE_INFINITY;
    if (Number.isNaN(value)) return !Number.isNaN(got);
    return !(Math.abs(got - value) <= tolerance * Math.max(1, Math.abs(value)));
  });
  const off = bad === -1 ? '' : `: ${found[bad]} at ${bad}, wanted ${wanted[bad]}`;
  test.ok(found.length === wanted.length && bad === -1, `${what}${off}`);
}

/** Golden files write nested objects as `{ class, args }`, configs as `{ class_name, config }`. */
export function toConfig(args: Args): Args {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => {
      const nested = typeof value === 'object' && value !== null && 'class' in value;
      const { class: className, args: config } = nested ? (value as { class: string; args: Args }) : {};
      return [name, nested ? { class_name: className, config } : value];
    }),
  );
}
