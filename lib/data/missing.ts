import { checkNumber, checkOneOf, checkOptions } from '../check';
import { invalidArgument } from '../errors';
import { getValue } from '../records';

const STATISTICS = ['mean', 'median', 'most_frequent'] as const;
const POLICIES = ['error', 'skip', ...STATISTICS] as const;

type Statistic = (typeof STATISTICS)[number];

/** How an empty cell is treated: the file is refused, the row is left out, or a number replaces it. */
export type Policy = (typeof POLICIES)[number] | number;

/** A policy as callers write it. */
export type MissingPolicy = Policy | 'mostFrequent';

/** What a column is in a table. */
export interface ColumnRole {
  readonly name: string;
  /** Whether it is a column of x, not a target or a weight. */
  readonly isFeature: boolean;
  /** How many categories there are, infinity where they are not listed; null for numbers. */
  readonly categories: number | null;
}

/** The policy of each column. Those that are not named, and targets and weights under one number, refuse the file. */
export function policiesOf(missing: unknown, columns: readonly ColumnRole[]): Map<string, Policy> {
  const names = columns.map(({ name }) => name);
  if (typeof missing !== 'object' || missing === null) {
    const all = checkPolicy(missing, 'missing');
    return new Map(
      columns.map((column) => [column.name, fills(all) && !column.isFeature ? 'error' : fit(all, column)]),
    );
  }
  const given = checkOptions(missing, names, 'missing');
  return new Map(
    columns.map((column) => {
      const policy = checkPolicy(getValue(given, column.name) ?? 'error', `missing.${column.name}`);
      if (fills(policy) && !column.isFeature) {
        const fix = 'Labels and weights are never made up.';
        throw invalidArgument(`missing.${column.name}`, "'error' or 'skip', as it is no feature,", policy, fix);
      }
      return [column.name, fit(policy, column)];
    }),
  );
}

/** Whether it puts a number in the place of an empty cell. */
function fills(policy: Policy): boolean {
  return policy !== 'error' && policy !== 'skip';
}

function checkPolicy(policy: unknown, argument: string): Policy {
  return typeof policy === 'number' ? checkNumber(policy, argument) : checkOneOf(policy, argument, POLICIES);
}

/** Categories have neither mean nor median, and a number is one of their indices. */
function fit(policy: Policy, { name, categories }: ColumnRole): Policy {
  if (categories === null) return policy;
  const isIndex = typeof policy === 'number' && Number.isInteger(policy) && policy >= 0 && policy < categories;
  if (isIndex || policy === 'error' || policy === 'skip' || policy === 'most_frequent') return policy;
  const expected = "'error', 'skip', 'mostFrequent' or the index of a category";
  throw invalidArgument(`missing.${name}`, expected, policy, 'Name the policy of each column: `{ ...: ... }`.');
}

export function isStatistic(policy: Policy | undefined): policy is Statistic {
  return STATISTICS.some((name) => name === policy);
}

/** Adds up the values of a column; `result` is undefined where there were none. */
interface Collector {
  add(value: number): void;
  result(): number | undefined;
}

/** What {@link Statistic} is of the values that are added. */
export function collect(statistic: Statistic): Collector {
  return COLLECTORS[statistic]();
}

const COLLECTORS: Readonly<Record<Statistic, () => Collector>> = {
  mean: () => {
    let [sum, lost, count] = [0, 0, 0];
    return {
      // With what is rounded off (Neumaier), so that the number of rows does not matter.
      add: (value) => {
        const next = sum + value;
        lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
        sum = next;
        count++;
      },
      result: () => (count === 0 ? undefined : (sum + lost) / count),
    };
  },
  median: () => {
    const values: number[] = [];
    return { add: (value) => void values.push(value), result: () => middleOf(Float64Array.from(values).sort()) };
  },
  most_frequent: () => {
    const counts = new Map<number, number>();
    return {
      add: (value) => void counts.set(value, (counts.get(value) ?? 0) + 1),
      // The least of those that are as frequent.
      result: () => [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0]?.[0],
    };
  },
};

function middleOf(sorted: Float64Array): number | undefined {
  const half = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  return low === undefined || high === undefined ? undefined : low / 2 + high / 2;
}
