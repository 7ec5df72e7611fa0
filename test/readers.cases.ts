import type { CsvOptions } from 'gemsbok';

/** A table, and the rows that it gives: x, y and, where there is one, the weight. */
export interface ReaderCase {
  readonly what: string;
  readonly text: string;
  readonly options: CsvOptions;
  readonly rows: readonly (readonly unknown[])[];
}

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
