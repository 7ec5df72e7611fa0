import type { CsvOptions, TableOptions } from 'gemsbok';

/** A table, and the rows that it gives: x, y and, where there is one, the weight. */
export interface ReaderCase {
  readonly what: string;
  readonly text: string;
  readonly options: CsvOptions;
  readonly rows: readonly (readonly unknown[])[];
}

/** `na_values` of `pandas.read_csv`. */
const PANDAS_EMPTY = [
  ...['#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA'],
  ...['NULL', 'NaN', 'None', 'n/a', 'nan', 'null'],
];

export const READERS: readonly ReaderCase[] = [
  {
    what: 'numbers',
    text: 'a,b,y\n1,2.5,0\n-3e2,4,1\n',
    options: { target: 'y' },
    rows: [
      [[1, 2.5], 0],
      [[-300, 4], 1],
    ],
  },
  { what: 'no target', text: 'a,b\n1,2\n', options: {}, rows: [[[1, 2], undefined]] },
  { what: 'several targets', text: 'a,y,z\n1,2,3\n', options: { target: ['z', 'y'] }, rows: [[[1], [3, 2]]] },
  { what: 'chosen features', text: 'a,b,c\n1,2,3\n', options: { features: ['c', 'a'] }, rows: [[[3, 1], undefined]] },
  { what: 'weights', text: 'a,y,w\n1,2,0.5\n', options: { target: 'y', sampleWeight: 'w' }, rows: [[[1], 2, 0.5]] },
  {
    what: 'quotes, spaces, a byte order mark and Windows lines',
    text: '\ufeff"a","y"\r\n" 1 ","yes, please"\r\n2,"say ""no"""\r\n',
    options: { target: 'y', columns: { y: 'category' } },
    rows: [
      [[1], 0],
      [[2], 1],
    ],
  },
  {
    what: 'categories in an order of their own',
    text: 'size\nlarge\nsmall\n',
    options: { columns: { size: ['small', 'medium', 'large'] } },
    rows: [
      [[2], undefined],
      [[0], undefined],
    ],
  },
  { what: 'another delimiter', text: 'a;b\n1;2\n', options: { delimiter: ';' }, rows: [[[1, 2], undefined]] },
  { what: 'names that are given', text: '1,2\n', options: { header: ['a', 'y'], target: 'y' }, rows: [[[1], 2]] },
  {
    what: 'empty cells that are left out',
    text: 'a,y\n1,0\n,1\nNA,0\n2,1\n',
    options: { target: 'y', missing: 'skip' },
    rows: [
      [[1], 0],
      [[2], 1],
    ],
  },
  {
    what: 'numbers, infinities and empty cells, as pandas reads them',
    text: `a\n${['+.5', '5.', '1E2', 'inf', '-inf', 'INF', '+Infinity', '-infinity', '1e400'].join('\n')}\n${PANDAS_EMPTY.join('\n')}\n`,
    options: { missing: -1 },
    rows: [
      0.5,
      5,
      100,
      Infinity,
      -Infinity,
      Infinity,
      Infinity,
      -Infinity,
      Infinity,
      ...PANDAS_EMPTY.map(() => -1),
    ].map((value) => [[value], undefined]),
  },
  {
    what: 'empty cells that become a number',
    text: 'a,y\n1,0\n,1\n',
    options: { target: 'y', missing: -1 },
    rows: [
      [[1], 0],
      [[-1], 1],
    ],
  },
];

/** As `numpy.save` of numpy 2 writes them: the header's text, then the numbers. */
export function npyFile(descr: string, order: boolean, shape: string, numbers: Uint8Array, version = 1): Uint8Array {
  const text = `{'descr': ${descr}, 'fortran_order': ${order ? 'True' : 'False'}, 'shape': ${shape}, }`;
  const start = version === 1 ? 10 : 12;
  const header = `${text.padEnd(Math.ceil((start + text.length + 1) / 64) * 64 - start - 1)}\n`;
  const bytes = Buffer.alloc(start + header.length + numbers.length);
  bytes.write('\x93NUMPY', 'latin1');
  bytes[6] = version;
  if (version === 1) bytes.writeUInt16LE(header.length, 8);
  else bytes.writeUInt32LE(header.length, 8);
  bytes.write(header, start, 'latin1');
  bytes.set(numbers, start + header.length);
  return bytes;
}

/** Tables with holes: a cell that is null is empty. */
interface Holes {
  readonly what: string;
  readonly table: Readonly<Record<string, readonly (number | string | null)[]>>;
  readonly options: TableOptions;
  readonly rows: readonly unknown[];
  readonly imputed: Readonly<Record<string, number>>;
}

export const HOLES: readonly Holes[] = [
  {
    what: 'a policy for each column',
    table: {
      a: [1, null, 4, 9, 100],
      b: [3, 1, null, 2, 100],
      c: [7, 7, 5, null, 100],
      d: [null, 1, 1, 1, 100],
      e: [1, 2, 3, 4, null],
      y: [0, 1, 2, 3, 4],
    },
    options: { target: 'y', missing: { a: 'mean', b: 'median', c: 'mostFrequent', d: 0, e: 'skip' } },
    // The last row is left out, so that its 100s count nowhere.
    rows: [
      [[1, 3, 7, 0, 1], 0],
      [[14 / 3, 1, 7, 1, 2], 1],
      [[4, 2, 5, 1, 3], 2],
      [[9, 2, 7, 1, 4], 3],
    ],
    imputed: { a: 14 / 3, b: 2, c: 7, d: 0 },
  },
  {
    what: 'a median between two values, and the least of those that are as frequent',
    table: { a: [1, null, 2, 8, 4], b: [5, 3, null, 3, 5] },
    options: { missing: { a: 'median', b: 'most_frequent' } },
    rows: [
      [[1, 5], undefined],
      [[3, 3], undefined],
      [[2, 3], undefined],
      [[8, 3], undefined],
      [[4, 5], undefined],
    ],
    imputed: { a: 3, b: 3 },
  },
  {
    what: 'one rule for all features',
    table: { a: [1, null], b: [null, 5], y: [1, 2] },
    options: { target: 'y', missing: 'mean' },
    rows: [
      [[1, 5], 1],
      [[1, 5], 2],
    ],
    imputed: { a: 1, b: 5 },
  },
  {
    what: 'labels and weights that leave their rows out',
    table: { a: [1, null, 3, 4], y: [0, 1, null, 3], w: [1, 1, 1, null] },
    options: { target: 'y', sampleWeight: 'w', missing: { a: 'mean', y: 'skip', w: 'skip' } },
    rows: [
      [[1], 0, 1],
      [[1], 1, 1],
    ],
    imputed: { a: 1 },
  },
  {
    what: 'categories',
    table: { a: ['red', 'blue', null, 'blue'], b: [null, 's', 'l', 'l'] },
    options: { columns: { a: 'category', b: ['s', 'm', 'l'] }, missing: { a: 'mostFrequent', b: 1 } },
    rows: [
      [[0, 1], undefined],
      [[1, 0], undefined],
      [[1, 2], undefined],
      [[1, 2], undefined],
    ],
    imputed: { a: 1, b: 1 },
  },
];

/** Holes in labels and weights, and policies that would fill them or that have no meaning. */
export const UNFILLED: readonly (Pick<Holes, 'what' | 'table' | 'options'> & { code: string; message: RegExp })[] = [
  ...['mean', 'median', 'mostFrequent', 0].flatMap((missing) =>
    (['target', 'sampleWeight'] as const).flatMap((role) => {
      const table = { a: [1, 2], y: [0, null] };
      return [
        {
          what: `${missing} for all, and a hole in the ${role}`,
          table,
          options: { [role]: 'y', missing } as TableOptions,
          code: 'ERR_CORRUPT_FILE',
          message: /column `y`.*row 2 of/,
        },
        {
          what: `${missing} for the ${role}`,
          table,
          options: { [role]: 'y', missing: { y: missing } } as TableOptions,
          code: 'ERR_INVALID_ARG',
          message: /'skip'.*`missing\.y`.*never made up/,
        },
      ];
    }),
  ),
  {
    what: 'a column that is not named',
    table: { a: [1, null], b: [null, 1] },
    options: { missing: { a: 'mean' } },
    code: 'ERR_CORRUPT_FILE',
    message: /column `b`.*row 1 of/,
  },
  {
    what: 'the mean of nothing',
    table: { a: [null, null] },
    options: { missing: { a: 'mean' } },
    code: 'ERR_INVALID_ARG',
    message: /a value in the column `a`/,
  },
  {
    what: 'the mean of categories',
    table: { a: ['x', null] },
    options: { columns: { a: 'category' }, missing: { a: 'mean' } },
    code: 'ERR_INVALID_ARG',
    message: /'mostFrequent'.*`missing\.a`/,
  },
  {
    what: 'an index that is no category',
    table: { a: ['x', null] },
    options: { columns: { a: ['x', 'y'] }, missing: { a: 2 } },
    code: 'ERR_INVALID_ARG',
    message: /index of a category for `missing\.a`/,
  },
  {
    what: 'a name that is no column',
    table: { alpha: [1, null] },
    options: { missing: { alpa: 'mean' } },
    code: 'ERR_INVALID_ARG',
    message: /Did you mean `alpha`/,
  },
];
