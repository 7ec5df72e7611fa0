import { checkOptions, checkString } from '../check';
import { corruptFile, describe, invalidArgument } from '../errors';
import { Dataset } from './dataset';
import type { Element } from './element';
import type { Open } from './source';

/** A number; a text that counts as its index, in the order of appearance; or the list of the texts that may stand there. */
export type ColumnType = 'number' | 'category' | readonly string[];

/** What to make of the columns of a table. */
export interface TableOptions {
  /** The column, or columns, of the targets. Default: none */
  readonly target?: string | readonly string[] | null | undefined;
  /** The columns of x, in this order. Default: all others */
  readonly features?: readonly string[] | undefined;
  /** The column of the sample weights. Default: none */
  readonly sampleWeight?: string | null | undefined;
  /** Types by name. Default: 'number' */
  readonly columns?: Readonly<Record<string, ColumnType>> | undefined;
  /** For a row with an empty cell: refuse the file, leave the row out, or put a number there. Default: 'error' */
  readonly missing?: 'error' | 'skip' | number | undefined;
}

export const TABLE_OPTIONS = ['target', 'features', 'sampleWeight', 'columns', 'missing'] as const;

/** A file of rows of cells. */
export interface Table {
  /** As errors call it. */
  readonly where: string;
  readonly names: readonly string[];
  readonly rows: Open<readonly unknown[]>;
}

/** Cells that count as empty. */
const EMPTY = new Set<unknown>(['', 'NA', 'N/A', 'NaN', 'nan', 'null']);

/** A data set of the rows of a table. */
export class TableDataset extends Dataset {
  /** The columns of x. */
  readonly features: readonly string[];
  readonly #categories: ReadonlyMap<string, Map<string, number>>;

  constructor(table: Table, options: TableOptions) {
    const plan = planOf(table, options);
    super(elementsOf(table, plan), false);
    this.features = plan.features.map(({ name }) => name);
    this.#categories = plan.categories;
  }

  /** The texts of each column of categories, by their index; complete after a whole pass where they were not given. */
  get categories(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.#categories].map(([name, indices]) => [name, [...indices.keys()]]));
  }
}

/** Reads one column; undefined where its cell is empty. */
interface Reader {
  readonly name: string;
  readonly read: (cells: readonly unknown[], row: number) => number | undefined;
}

interface Plan {
  readonly features: readonly Reader[];
  readonly targets: readonly Reader[];
  /** The target is one number, not a list of one. */
  readonly isScalar: boolean;
  readonly weight: Reader | null;
  readonly categories: ReadonlyMap<string, Map<string, number>>;
  readonly missing: 'error' | 'skip' | number;
}

function planOf(table: Table, options: TableOptions): Plan {
  const targets = [options.target ?? []].flat();
  const weight = options.sampleWeight ?? null;
  const features = options.features ?? table.names.filter((name) => !targets.includes(name) && name !== weight);
  if (!Array.isArray(features) || features.length === 0) {
    throw invalidArgument('features', 'at least one column', options.features);
  }
  const categories = categoriesOf(table, options.columns);
  const reader = (argument: string) => (name: unknown) => {
    const column = table.names.indexOf(checkString(name, argument));
    if (column === -1) throw invalidArgument(argument, `one of the columns ${table.names.join(', ')}`, name);
    return readerOf(table, column, categories, Array.isArray(options.columns?.[String(name)]));
  };
  return {
    features: features.map(reader('features')),
    targets: targets.map(reader('target')),
    isScalar: !Array.isArray(options.target),
    weight: weight === null ? null : reader('sampleWeight')(weight),
    categories,
    missing: checkMissing(options.missing ?? 'error'),
  };
}

/** The indices of the texts of each column that has some. */
function categoriesOf(table: Table, columns: unknown): Map<string, Map<string, number>> {
  const categories = new Map<string, Map<string, number>>();
  for (const [name, type] of Object.entries(checkOptions(columns, table.names, table.where))) {
    if (type === 'number') continue;
    if (type !== 'category' && !Array.isArray(type)) {
      throw invalidArgument(`columns.${name}`, "'number', 'category' or a list of categories", type);
    }
    categories.set(name, new Map(type === 'category' ? [] : type.map((text, i) => [String(text), i])));
  }
  return categories;
}

function checkMissing(missing: unknown): Plan['missing'] {
  if (missing === 'error' || missing === 'skip' || typeof missing === 'number') return missing;
  throw invalidArgument('missing', "'error', 'skip' or a number", missing);
}

function readerOf(table: Table, column: number, categories: Plan['categories'], isClosed: boolean): Reader {
  const name = table.names[column] ?? '';
  const indices = categories.get(name);
  const refuse = (expected: string, cell: unknown, row: number): Error =>
    corruptFile(`row ${row + 1} of ${table.where}`, `${expected} in the column \`${name}\``, describe(cell));
  const read = (cells: readonly unknown[], row: number): number | undefined => {
    const cell = cells[column];
    const plain = typeof cell === 'string' ? cell.trim() : cell;
    if (plain === null || plain === undefined || EMPTY.has(plain)) return undefined;
    if (indices === undefined) {
      const number = numberOf(plain);
      if (Number.isNaN(number)) throw refuse("a number (or `columns: { ...: 'category' }`)", cell, row);
      return number;
    }
    const text = String(plain);
    const index = indices.get(text);
    if (index !== undefined) return index;
    if (isClosed) throw refuse(`one of ${[...indices.keys()].join(', ')}`, cell, row);
    indices.set(text, indices.size);
    return indices.size - 1;
  };
  return { name, read };
}

function numberOf(cell: unknown): number {
  const isNumeric = ['number', 'string', 'bigint', 'boolean'].includes(typeof cell) || cell instanceof Date;
  return isNumeric ? Number(cell) : Number.NaN;
}

function elementsOf(table: Table, plan: Plan): Open<Element> {
  return async function* (signal) {
    let row = 0;
    for await (const cells of table.rows(signal)) {
      const element = elementOf(cells, plan, `row ${++row} of ${table.where}`, row - 1);
      if (element !== null) yield element;
    }
  };
}

/** null where the row is left out. */
function elementOf(cells: readonly unknown[], plan: Plan, where: string, row: number): Element | null {
  const { features, targets, isScalar, weight, missing } = plan;
  let isWhole = true;
  const read = (reader: Reader): number => {
    const value = reader.read(cells, row) ?? (typeof missing === 'number' ? missing : undefined);
    if (value !== undefined) return value;
    isWhole = false;
    if (missing === 'skip') return 0;
    throw corruptFile(where, `a value in the column \`${reader.name}\` (or the option \`missing\`)`, 'an empty cell');
  };
  const x = Float32Array.from(features, read);
  const list = targets.map(read);
  const y = isScalar ? list[0] : list;
  const sampleWeight = weight === null ? undefined : read(weight);
  return isWhole ? { x, y, sampleWeight } : null;
}
