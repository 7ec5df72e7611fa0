import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Table as ArrowTable, tableFromArrays, tableToIPC, vectorFromArray } from 'apache-arrow';
import {
  type Dataset,
  datasets,
  npyBytes,
  readArrow,
  readCsv,
  readNpy,
  readParquet,
  type TableDataset,
  type TableOptions,
  tensor,
  writeNpy,
} from 'gemsbok';
import t from 'tap';
import { CLASSES, classifier, INPUTS, QUIET, ROWS, x, y } from './models.cases';
import { HOLES, npyFile, READERS, UNFILLED } from './readers.cases';

const folder = mkdtempSync(join(tmpdir(), 'readers-'));
t.teardown(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

async function rowsOf(data: Dataset): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const { x, y, sampleWeight } of data) {
    rows.push([Array.from(x as Float32Array), y, ...(sampleWeight === undefined ? [] : [sampleWeight])]);
  }
  return rows;
}

t.test('CSV', async (t) => {
  for (const { what, text, options, rows } of READERS) {
    t.strictSame(await rowsOf(await readCsv(fileOf('table.csv', text), options)), rows, what);
    t.strictSame(await rowsOf(await readCsv(Readable.from([...text]), options)), rows, `${what}, letter by letter`);
  }
  const text = 'a,b\n1,x\n2,y\n3,x\n';
  const table = await readCsv(fileOf('twice.csv', text), { columns: { b: 'category' } });
  t.strictSame(await rowsOf(table), await rowsOf(table), 'a file is read anew for each pass');
  t.strictSame([table.features, table.categories], [['a', 'b'], { b: ['x', 'y'] }]);
  t.strictSame(await rowsOf(table.take(1)), [[[1, 0], undefined]], 'a pass may be left');
  const once = await readCsv(Readable.from([text]), { columns: { b: 'category' } });
  await rowsOf(once);
  await t.rejects(rowsOf(once), { code: 'ERR_INVALID_ARG', message: /read once more/ }, 'a stream is read once');
});

const textOf = (table: (typeof HOLES)[number]['table']): string => {
  const cells = Object.values(table);
  const lines = (cells[0] ?? []).map((_, row) => cells.map((column) => column[row] ?? '').join());
  return [Object.keys(table).join(), ...lines, ''].join('\n');
};

/** The same table in each format. */
const FORMATS: Readonly<
  Record<string, (table: (typeof HOLES)[number]['table'], options: TableOptions) => Promise<TableDataset>>
> = {
  CSV: (table, options) => readCsv(() => [textOf(table)], options),
  'CSV with NaN': (table, options) =>
    readCsv(
      () => [
        textOf(table)
          .replaceAll(/(?<=^|,)(?=,|$)/gm, 'NaN')
          .replace(/NaN$/, ''),
      ],
      options,
    ),
  Arrow: (table, options) =>
    readArrow(tableToIPC(new ArrowTable(mapValues(table, (cells) => vectorFromArray([...cells])))), options),
  'Arrow with NaN': (table, options) =>
    readArrow(
      tableToIPC(
        new ArrowTable(
          mapValues(table, (cells) =>
            vectorFromArray(
              cells.map((cell) => cell ?? (cells.some((one) => typeof one === 'string') ? null : Number.NaN)),
            ),
          ),
        ),
      ),
      options,
    ),
};

function mapValues<T, U>(object: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

t.test('empty cells become what is said of their column, and labels nothing', async (t) => {
  for (const [format, read] of Object.entries(FORMATS)) {
    for (const { what, table, options, rows, imputed } of HOLES) {
      const found = await read(table, options);
      const single = (row: unknown): unknown =>
        JSON.parse(JSON.stringify(row), (_, v) => (typeof v === 'number' ? Math.fround(v) : v));
      t.strictSame((await rowsOf(found)).map(single), rows.map(single), `${format}: ${what}`);
      t.strictSame(found.imputed, imputed, `${format}: ${what}`);
    }
    for (const { what, table, options, code, message } of UNFILLED) {
      await t.rejects(read(table, options).then(rowsOf), { code, message }, `${format}: ${what}`);
    }
  }
  const stream = Readable.from(['a\n1\n']);
  await t.rejects(readCsv(stream, { missing: { a: 'mean' } }), {
    code: 'ERR_INVALID_ARG',
    message: /function that opens/,
  });
  const other = await readCsv(() => ['a,b\n,2\n'], { missing: { ...{ b: 0 }, a: 1.5 } });
  t.strictSame(await rowsOf(other), [[[1.5, 2], undefined]], 'what one table gave serves another');
});

t.test('a model trains from a file as from arrays', async (t) => {
  const lines = Array.from({ length: ROWS }, (_, i) => [...x.data.slice(i * INPUTS, (i + 1) * INPUTS), y[i]].join());
  const names = [...Array.from({ length: INPUTS }, (_, i) => `x${i}`), 'y'];
  const path = fileOf('model.csv', [names.join(), ...lines].join('\n'));
  const [one, two] = [classifier(), classifier()];
  await one.fit(await readCsv(path, { target: 'y' }), QUIET);
  await two.fit(x, y, { ...QUIET, shuffle: false });
  t.strictSame(one.getWeights(), two.getWeights());
});

const columns = { width: [1.5, 2.5, 4], kind: ['b', 'a', 'b'], size: Int32Array.of(1, 2, 3) };
const TYPED = { target: 'kind', columns: { kind: ['a', 'b'] } } as const;
const TYPED_ROWS = [
  [[1.5, 1], 1],
  [[2.5, 2], 0],
  [[4, 3], 1],
];

t.test('Arrow', async (t) => {
  for (const kind of ['stream', 'file'] as const) {
    const bytes = tableToIPC(tableFromArrays(columns), kind);
    t.strictSame(await rowsOf(await readArrow(bytes, TYPED)), TYPED_ROWS, `${kind}: bytes`);
    const path = fileOf(`table.${kind}.arrow`, bytes);
    const table = await readArrow(path, TYPED);
    t.strictSame(await rowsOf(table), TYPED_ROWS, `${kind}: a path`);
    t.strictSame(await rowsOf(table), TYPED_ROWS, `${kind}: again`);
    await t.rejects(readArrow(fileOf('cut.arrow', bytes.subarray(0, 40))).then(rowsOf), { code: 'ERR_CORRUPT_FILE' });
  }
  await t.rejects(readArrow(new Uint8Array(100)), { code: 'ERR_CORRUPT_FILE' });
  await t.rejects(readArrow(join(folder, 'none.arrow')), { code: 'ENOENT' });
});

// Written by arrow-rs, in row groups of two.
t.test('Parquet', async (t) => {
  for (const codec of ['uncompressed', 'snappy', 'zstd']) {
    const path = `test/fixtures/${codec}.parquet`;
    const table = await readParquet(path, TYPED);
    t.strictSame(await rowsOf(table), TYPED_ROWS, `${codec}: a path`);
    t.strictSame(await rowsOf(table), TYPED_ROWS, `${codec}: again`);
    const bytes = new Uint8Array(readFileSync(path));
    t.strictSame(await rowsOf(await readParquet(bytes, TYPED)), TYPED_ROWS, `${codec}: bytes`);
    await t.rejects(readParquet(bytes.subarray(0, bytes.length - 1)), { code: 'ERR_CORRUPT_FILE' });
    await t.rejects(readParquet(bytes.fill(255, 4, 60)).then(rowsOf), { code: 'ERR_CORRUPT_FILE' });
  }
  await t.rejects(readParquet(new Uint8Array(3)), { code: 'ERR_CORRUPT_FILE' });
});

const bytesOf = (array: Float32Array | Float64Array | Int16Array | BigInt64Array): Uint8Array =>
  new Uint8Array(array.buffer);

t.test('npy', async (t) => {
  const floats = bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6));
  const read = async (bytes: Uint8Array) => (await readNpy(bytes)).toArray();
  const three = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  for (const version of [1, 2, 3]) t.strictSame(await read(npyFile("'<f4'", false, '(2, 3)', floats, version)), three);
  t.strictSame(await read(npyFile("'<f4'", true, '(3, 2)', floats)), [
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
  t.strictSame(await read(npyFile("'<f4'", true, '(1, 2, 3)', floats)), [
    [
      [1, 3, 5],
      [2, 4, 6],
    ],
  ]);
  t.strictSame(await read(npyFile("'>i2'", false, '(2,)', Uint8Array.of(1, 2, 0xff, 0xfe))), [258, -2]);
  t.strictSame(await read(npyFile("'>f8'", false, '()', bytesOf(Float64Array.of(1.5)).reverse())), 1.5);
  t.strictSame(await read(npyFile("'|b1'", false, '(2,)', Uint8Array.of(1, 0))), [1, 0]);
  t.strictSame(await read(npyFile("'<f4'", false, '(0, 3)', new Uint8Array(0))), []);
  const long = await readNpy(npyFile("'<i8'", false, '(1,)', bytesOf(BigInt64Array.of(-5n))));
  t.strictSame([long.dtype, long.data[0]], ['int64', -5n]);

  for (const dtype of ['float32', 'float64', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64'] as const) {
    const wanted = tensor([[1, 2, 3]], { dtype });
    const path = join(folder, `${dtype}.npy`);
    await writeNpy(path, wanted);
    t.strictSame(await readNpy(path), wanted, dtype);
    t.equal(npyBytes(wanted).indexOf(10) % 64, 63, 'the numbers are aligned');
  }
  for (const [descr, message] of [
    ["'<f2'", /float32/],
    ["'<c8'", /c8/],
    ["'|O'", /O/],
    ["[('a', '<f4')]", /a/],
  ] as const) {
    await t.rejects(readNpy(npyFile(descr, false, '(1,)', floats)), { code: 'ERR_UNSUPPORTED', message });
  }
  for (const shape of ['(7,)', '(5,)', '(99999999999, 99999999999)', '(2, -3)', 'x']) {
    await t.rejects(readNpy(npyFile("'<f4'", false, shape, floats)), { code: 'ERR_CORRUPT_FILE' }, shape);
  }
});

t.test('npy files that are damaged', async (t) => {
  const whole = npyBytes(tensor(Float32Array.from({ length: 64 }, Math.sqrt), { shape: [8, 8] }));
  const codes = new Set<unknown>();
  const attempt = async (bytes: Uint8Array): Promise<void> => {
    try {
      const { data, shape } = await readNpy(bytes);
      codes.add(data.length === shape.reduce((size, length) => size * length, 1) ? 'read' : 'another size');
    } catch (error) {
      codes.add((error as { code?: string }).code);
    }
  };
  for (let length = 0; length < whole.length; length++) await attempt(whole.subarray(0, length));
  t.strictSame([...codes], ['ERR_CORRUPT_FILE'], 'cut anywhere');
  codes.clear();
  // Every bit of the header, and one of each byte after it.
  for (let bit = 0; bit < 8 * whole.length; bit += bit < 8 * 128 ? 1 : 8) {
    const bytes = whole.slice();
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await attempt(bytes);
  }
  t.strictSame([...codes].sort(), ['ERR_CORRUPT_FILE', 'ERR_UNSUPPORTED', 'read'], 'with a bit turned');
});

t.test('irises', async (t) => {
  const { x, y, featureNames, classNames } = await datasets.iris.loadData();
  t.strictSame([x.shape, y.shape, featureNames.length, classNames.length], [[150, 4], [150], 4, CLASSES]);
  const mean = (column: number): string => {
    const values = Array.from({ length: 150 }, (_, row) => x.data[4 * row + column] ?? 0);
    return (values.reduce((sum, value) => sum + value) / 150).toFixed(3);
  };
  // The means of Fisher's own table.
  t.strictSame([0, 1, 2, 3].map(mean), ['5.843', '3.057', '3.758', '1.199']);
});

t.test('Fashion-MNIST', async (t) => {
  await t.rejects(datasets.fashionMnist.loadData(), { code: 'ERR_INVALID_ARG', message: /zalandoresearch/ });
  process.env.GEMSBOK_FASHION_MNIST = folder;
  t.teardown(() => delete process.env.GEMSBOK_FASHION_MNIST);
  await t.rejects(datasets.fashionMnist.loadData(), { code: 'ERR_INVALID_ARG', message: /train-images/ });
});
