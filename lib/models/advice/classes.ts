import { elementAt } from '../../check';
import type { AnyLoss } from '../../losses';
import { NativeLoss } from '../../losses/native_loss';
import { isLabel } from '../../samples/rows';
import type { Sample } from './sample';

/** The class of each row, in order; those of rows that do not count are left out. */
export type Classes = readonly number[];

/** The classes of targets; null where their loss knows none, or where they are shares of several. */
export function classesOf(sample: Sample, loss: AnyLoss | null): Classes | null {
  if (!(loss instanceof NativeLoss)) return null;
  if (isLabel(loss)) return sample.columns === 1 ? labelsOf(sample, loss.ignoreClass) : null;
  if (!/crossentropy|hinge/.test(loss.entry)) return null;
  if (sample.columns === 1) return /^binary/.test(loss.entry) ? binaryOf(sample) : null;
  return /^categorical/.test(loss.entry) ? hotOf(sample) : null;
}

function labelsOf({ values }: Sample, ignored: number | null): Classes {
  return Array.from(values).filter((label) => label !== ignored);
}

function binaryOf({ values }: Sample): Classes | null {
  const classes = Array.from(values);
  return classes.every((label) => label === 0 || label === 1) ? classes : null;
}

function hotOf({ values, columns, rows }: Sample): Classes | null {
  const classes: number[] = [];
  for (let row = 0; row < rows; row++) {
    let hot = -1;
    for (let column = 0; column < columns; column++) {
      const value = elementAt(values, row * columns + column);
      if (value === 0) continue;
      if (value !== 1 || hot !== -1) return null;
      hot = column;
    }
    if (hot === -1) return null;
    classes.push(hot);
  }
  return classes;
}

/** How often each class occurs, from the first class on. */
export function countsOf(classes: Classes): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const one of classes) counts.set(one, (counts.get(one) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a - b));
}

export function isSorted(values: ArrayLike<number>): boolean {
  let [rises, falls] = [true, true];
  for (let i = 1; i < values.length && (rises || falls); i++) {
    const [before, after] = [elementAt(values, i - 1), elementAt(values, i)];
    rises &&= after >= before;
    falls &&= after <= before;
  }
  return rises || falls;
}
