import { type DataType, Float32, Float64, Int32, Int64, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { type Dataset, readArrow, readParquet, type TableDataset, type TableOptions } from 'gemsbok';
import t from 'tap';
import { HOLES } from './readers.cases';

// What test/fixtures/holes.parquet holds, too, in row groups of two; null is a null of the format.
const COLUMNS: Readonly<Record<string, readonly [DataType, readonly unknown[]]>> = {
  a: [new Float64(), [1, null, 4, 9, 100]],
  b: [new Int32(), [3, 1, null, 2, 100]],
  c: [new Int64(), [7n, 7n, 5n, null, 100n]],
  d: [new Float32(), [null, 1, 1, 1, 100]],
  e: [new Float64(), [1, 2, 3, 4, null]],
  y: [new Int32(), [0, 1, 2, 3, 4]],
  kind: [new Utf8(), ['red', 'blue', null, 'blue', 'blue']],
  label: [new Int32(), [0, null, 1, 1, 0]],
  weight: [new Float64(), [1, 1, null, 1, 1]],
};

const arrow = (kind: 'stream' | 'file'): Uint8Array => {
  const vectors = Object.entries(COLUMNS).map(([name, [type, cells]]) => [name, vectorFromArray([...cells], type)]);
  return tableToIPC(new Table(Object.fromEntries(vectors)), kind);
};

const FORMATS: Readonly<Record<string, (options: TableOptions) => Promise<TableDataset>>> = {
  'Arrow stream': (options) => readArrow(arrow('stream'), options),
  'Arrow file': (options) => readArrow(arrow('file'), options),
  Parquet: (options) => readParquet('test/fixtures/holes.parquet', options),
};

async function rowsOf(data: Dataset): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const { x, y, sampleWeight } of data) rows.push([Array.from(x as Float32Array), y, sampleWeight]);
  return rows;
}

t.test('nulls of Arrow and Parquet become what is said of their column', async (t) => {
  const [{ options, imputed, rows }] = HOLES as [(typeof HOLES)[number]];
  for (const [format, read] of Object.entries(FORMATS)) {
    const each = await read({ ...options, features: ['a', 'b', 'c', 'd', 'e'] });
    const wanted = (rows as [number[], number][]).map(([x, y]) => [x.map(Math.fround), y, undefined]);
    t.strictSame([await rowsOf(each), each.imputed], [wanted, imputed], `${format}: a policy for each column`);
    const kinds = await read({ features: ['kind'], columns: { kind: 'category' }, missing: 'mostFrequent' });
    const indices = (await rowsOf(kinds)).map((row) => (row as [number[]])[0][0]);
    t.strictSame([indices, kinds.imputed], [[0, 1, 1, 1, 1], { kind: 1 }], `${format}: categories`);
    const labelled = await read({
      features: ['a'],
      target: 'label',
      sampleWeight: 'weight',
      missing: { a: 'mean', label: 'skip', weight: 'skip' },
    });
    const whole = [
      [[1], 0, 1],
      [[9], 1, 1],
      [[100], 0, 1],
    ];
    t.strictSame([await rowsOf(labelled), labelled.imputed], [whole, { a: 110 / 3 }], `${format}: labels and weights`);
  }
});

t.test('nulls of labels and weights are never filled', async (t) => {
  for (const [format, read] of Object.entries(FORMATS)) {
    for (const missing of ['mean', 'median', 'mostFrequent', 0] as const) {
      const roles = [
        { target: 'label', message: /column `label`.*row 2 of/ },
        { sampleWeight: 'weight', message: /column `weight`.*row 3 of/ },
      ];
      for (const { message, ...role } of roles) {
        const [column = ''] = Object.values(role);
        const what = `${format}: ${missing}, ${column}`;
        const all = read({ features: ['a'], ...role, missing }).then(rowsOf);
        await t.rejects(all, { code: 'ERR_CORRUPT_FILE', message }, what);
        const named = read({ features: ['a'], ...role, missing: { a: 0, [column]: missing } });
        await t.rejects(named, { code: 'ERR_INVALID_ARG', message: /never made up/ }, what);
      }
    }
    await t.rejects(read({ features: ['b'] }).then(rowsOf), {
      code: 'ERR_CORRUPT_FILE',
      message: /column `b`.*row 3 of/,
    });
  }
});
