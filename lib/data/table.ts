import { checkOptions, checkString, elementAt } from '../check';
import { corruptFile, describe, invalidArgument, invalidUse, listed, shortened } from '../errors';
import { Dataset } from './dataset';
import type { Element } from './element';
import { collect, isStatistic, type MissingPolicy, type Policy, policiesOf } from './missing';
import { isMissing } from './parts';
import type { Open } from './source';

/**
 * A number; a text that counts as its index, in the order of appearance; or the list of the texts that may stand there.
 */
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
  /**
   * For an empty cell: refuse the file ('error'), leave its row out ('skip'), or put there a number, or the 'mean',
   * 'median' or 'mostFrequent' of the column: for all columns, or by their names. Targets and weights are refused or
   * left out whatever stands for features. Default: 'error', also of those that are not named
   */
  readonly missing?: MissingPolicy | Readonly<Record<string, MissingPolicy>> | undefined;
}

export const TABLE_OPTIONS = ['target', 'features', 'sampleWeight', 'columns', 'missing'] as const;

/** A file of rows of cells. */
export interface Table {
  /** As errors call it. */
  readonly where: string;
  readonly names: readonly string[];
  readonly rows: Open<readonly unknown[]>;
  /** What is likely wrong with the names. Default: nothing */
  readonly hint?: string;
  /** Whether there is more than one pass. */
  readonly isRepeatable: boolean;
}

/** Cells that count as empty: those of `pandas.read_csv`. */
const EMPTY = new Set<unknown>([
  ...['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA'],
  ...['NULL', 'NaN', 'None', 'n/a', 'nan', 'null'],
]);

/** A data set of the rows of a table. */
export class TableDataset extends Dataset {
  /** The columns of x. */
  readonly features: readonly string[];
  /**
   * The number that stands for an empty cell of each column that has one. As the option `missing` of another table it
   * gives that the means of this one.
   */
  readonly imputed: Readonly<Record<string, number>>;
  readonly #categories: ReadonlyMap<string, Map<string, number>>;

  constructor(table: Table, plan: Plan) {
    super(elementsOf(table, plan), false);
    this.features = plan.features.map(({ name }) => name);
    this.imputed = Object.fromEntries(
      [...plan.missing].filter((entry): entry is [string, number] => isNumber(entry[1])),
    );
    this.#categories = plan.categories;
  }

  /** The texts of each column of categories, by their index; complete after a whole pass where they were not given. */
  get categories(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.#categories].map(([name, indices]) => [name, [...indices.keys()]]));
  }
}

/** Reads the table once where the means of columns, or other statistics, are asked for. */
export async function openTable(table: Table, options: TableOptions): Promise<TableDataset> {
  const plan = planOf(table, options);
  const asked = plan.features.filter(({ name }) => isStatistic(plan.missing.get(name)));
  if (asked.length === 0) return new TableDataset(table, plan);
  if (!table.isRepeatable) {
    const fix = 'A mean takes a pass of its own: pass a path, or a function that opens the source again.';
    throw invalidArgument('missing', 'numbers for a source that can be read only once', plan.missing, fix);
  }
  return new TableDataset(table, { ...plan, missing: await measured(table, plan, asked) });
}

/** Policies with numbers for the means, medians and other statistics of the rows that are not left out. */
async function measured(table: Table, plan: Plan, asked: readonly Reader[]): Promise<Map<string, Policy>> {
  const columns = asked.map((reader) => {
    const policy = plan.missing.get(reader.name);
    return { reader, collector: collect(isStatistic(policy) ? policy : 'mean') };
  });
  const provisional = { ...plan, missing: new Map([...plan.missing, ...asked.map(({ name }) => [name, 0] as const)]) };
  let row = 0;
  for await (const cells of table.rows(new AbortController().signal)) {
    const isKept = elementOf(cells, provisional, `row ${row + 1} of ${table.where}`, row) !== null;
    for (const { reader, collector } of isKept ? columns : []) {
      const value = reader.read(cells, row);
      if (value !== undefined) collector.add(value);
    }
    row++;
  }
  const found = columns.map(({ reader: { name }, collector }): [string, number] => {
    const value = collector.result();
    if (value !== undefined) return [name, value];
    const fix = 'Leave it out of `features`, or give `missing` a number for it.';
    throw invalidUse(`Expected a value in the column \`${shortened(name)}\`, received none. ${fix}`);
  });
  return new Map([...plan.missing, ...found]);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

/** Reads one column; undefined where its cell is empty. */
interface Reader {
  readonly name: string;
  readonly cell: (cells: readonly unknown[]) => unknown;
  readonly read: (cells: readonly unknown[], row: number) => number | undefined;
}

interface Plan {
  readonly features: readonly Reader[];
  readonly targets: readonly Reader[];
  /** The target is one number, not a list of one. */
  readonly isScalar: boolean;
  readonly weight: Reader | null;
  readonly categories: ReadonlyMap<string, Map<string, number>>;
  /** For each column that is read. */
  readonly missing: ReadonlyMap<string, Policy>;
}

function planOf(table: Table, options: TableOptions): Plan {
  const target: unknown = options.target ?? [];
  // Neither here nor below holes are passed over: they are no names.
  const targets: readonly unknown[] = Array.isArray(target) ? Array.from(target) : [target];
  const weight = options.sampleWeight ?? null;
  const own = new Set<unknown>([...targets, weight]);
  const features = options.features ?? table.names.filter((name) => !own.has(name));
  if (!Array.isArray(features) || features.length === 0) {
    throw invalidArgument('features', 'at least one column', options.features);
  }
  const categories = categoriesOf(table, options.columns);
  const indices = new Map(table.names.map((name, index) => [name, index]));
  const reader = (argument: string) => (name: unknown) => {
    const column = indices.get(checkString(name, argument));
    if (column === undefined) {
      throw invalidArgument(argument, `one of the columns ${listed(table.names)}`, name, table.hint);
    }
    if (table.names.indexOf(String(name)) !== column) {
      throw invalidArgument(argument, 'the name of one column', name, 'Several columns have it: rename them.');
    }
    return readerOf(table, column, categories, Array.isArray(options.columns?.[String(name)]));
  };
  const columns = {
    features: Array.from(features, reader('features')),
    targets: targets.map(reader('target')),
    weight: weight === null ? null : reader('sampleWeight')(weight),
  };
  const roles = [...columns.features, ...columns.targets, columns.weight ?? []].flat().map(({ name }) => {
    const isFeature = !own.has(name);
    const isListed = Array.isArray(options.columns?.[name]);
    const known = categories.get(name)?.size;
    return {
      name,
      isFeature,
      categories: known === undefined || isListed ? (known ?? null) : Number.POSITIVE_INFINITY,
    };
  });
  const missing = policiesOf(options.missing ?? 'error', roles);
  return { ...columns, isScalar: !Array.isArray(options.target), categories, missing };
}

/** The indices of the texts of each column that has some. */
function categoriesOf(table: Table, columns: unknown): Map<string, Map<string, number>> {
  const categories = new Map<string, Map<string, number>>();
  for (const [name, type] of Object.entries(checkOptions(columns, table.names, table.where))) {
    if (type === 'number') continue;
    if (type !== 'category' && !Array.isArray(type)) {
      throw invalidArgument(`columns.${name}`, "'number', 'category' or a list of categories", type);
    }
    categories.set(name, new Map(type === 'category' ? [] : Array.from(type, (text, i) => [String(text), i])));
  }
  return categories;
}

function readerOf(table: Table, column: number, categories: Plan['categories'], isClosed: boolean): Reader {
  const name = elementAt(table.names, column);
  const indices = categories.get(name);
  const refuse = (expected: string, cell: unknown, row: number): Error => {
    const where = `row ${row + 1} of ${table.where}`;
    const fix = table.hint ?? digitsHint(cell);
    return corruptFile(where, `${expected} in the column \`${shortened(name)}\``, describe(cell), { fix });
  };
  const read = (cells: readonly unknown[], row: number): number | undefined => {
    const cell = cells[column];
    const plain = typeof cell === 'string' ? cell.trim() : cell;
    if (plain === null || plain === undefined || EMPTY.has(plain) || Number.isNaN(plain)) return undefined;
    if (indices === undefined) {
      const number = numberOf(plain);
      if (Number.isNaN(number)) throw refuse("a number (or `columns: { ...: 'category' }`)", cell, row);
      return number;
    }
    const text = String(plain);
    const index = indices.get(text);
    if (index !== undefined) return index;
    if (isClosed) throw refuse(`one of ${listed([...indices.keys()])}`, cell, row);
    indices.set(text, indices.size);
    return indices.size - 1;
  };
  return { name, cell: (cells) => cells[column], read };
}

/** What to write for numbers that are not read: in another base, or parted, where a comma may mean thousands or decimals. */
function digitsHint(cell: unknown): string | undefined {
  if (typeof cell !== 'string') return undefined;
  const text = cell.trim();
  if (OTHER_BASE.test(text) && !Number.isNaN(Number(text))) return `Write it in base 10: ${Number(text)}.`;
  const isParted = /^[-+]?[\d.]*[,_' \u2019\u00a0\u202f][\d.,_' \u2019\u00a0\u202f]*\d$/.test(text);
  return isParted ? 'Write digits alone: a point before decimals, nothing between thousands.' : undefined;
}

const OTHER_BASE = /^0[box][\da-f]+$/i;
const INFINITE = /^([-+]?)inf(?:inity)?$/i;

function numberOf(cell: unknown): number {
  if (typeof cell === 'string') return numberIn(cell);
  const isNumeric = ['number', 'bigint', 'boolean'].includes(typeof cell) || cell instanceof Date;
  return isNumeric ? Number(cell) : Number.NaN;
}

/** As `pandas.read_csv` reads numbers: in base 10, infinity by several names. */
function numberIn(text: string): number {
  if (OTHER_BASE.test(text)) return Number.NaN;
  const number = Number(text);
  if (!Number.isNaN(number)) return number;
  const [, sign] = INFINITE.exec(text) ?? [];
  return sign === undefined ? Number.NaN : Number(`${sign}Infinity`);
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
    const policy = missing.get(reader.name);
    const value = reader.read(cells, row) ?? (isNumber(policy) ? policy : undefined);
    if (value !== undefined) return value;
    isWhole = false;
    if (policy === 'skip') return 0;
    const column = shortened(reader.name);
    const cell = reader.cell(cells);
    const found = cell === '' || isMissing(cell) ? 'an empty cell' : `${describe(cell)}, which counts as an empty cell`;
    const fix = `Pass { missing: { ${describe(reader.name)}: 'skip' } } to leave such rows out; features can be filled, with 'mean' for one.`;
    throw corruptFile(where, `a value in the column \`${column}\``, found, { fix });
  };
  const x = Float32Array.from(features, read);
  const list = targets.map(read);
  const y = isScalar ? list[0] : list;
  const sampleWeight = weight === null ? undefined : read(weight);
  return isWhole ? { x, y, sampleWeight } : null;
}
