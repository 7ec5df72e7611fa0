import { readFileSync } from 'node:fs';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { readArrow, readCsv, readParquet, type TableDataset } from 'gemsbok';
import t from 'tap';

/** Every object has something under these names, which is no column. */
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length'];

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** A file whose first column, `width`, is called otherwise: names stand in its end, each behind its length. */
function parquetOf(name: string): Uint8Array {
  const bytes = readFileSync('test/fixtures/uncompressed.parquet');
  const start = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  const coded = (text: string): string => `${String.fromCharCode(text.length)}${text}`;
  const end = bytes.toString('latin1', start, bytes.length - 8).replaceAll(coded('width'), coded(name));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(end.length);
  return latin1(`${bytes.toString('latin1', 0, start)}${end}${length.toString('latin1')}PAR1`);
}

/** The writer is not asked to write such names. */
function arrowOf(name: string): Uint8Array {
  const stands = '#'.repeat(name.length);
  const table = tableFromArrays({ [stands]: Float32Array.of(1, 2), size: Float32Array.of(3, 4) });
  return latin1(Buffer.from(tableToIPC(table, 'file')).toString('latin1').replaceAll(stands, name));
}

const READERS: Readonly<Record<string, (name: string, options: object) => Promise<TableDataset>>> = {
  readCsv: (name, options) => readCsv(() => [`${name},size\n1,3\n2,4\n`], options),
  readArrow: (name, options) => readArrow(arrowOf(name), options),
  readParquet: (name, options) => readParquet(parquetOf(name), options),
};

/** Uses of a column. */
const USES: Readonly<Record<string, (name: string) => object>> = {
  'a feature': (name) => ({ features: [name] }),
  'the target': (name) => ({ features: ['size'], target: name }),
  'the weight': (name) => ({ features: ['size'], sampleWeight: name }),
  categories: (name) => ({ features: [name], columns: Object.fromEntries([[name, 'category']]) }),
  'with a rule for what is missing': (name) => ({ features: [name], missing: Object.fromEntries([[name, 0]]) }),
};

async function rowsOf(table: TableDataset): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of table) rows.push(JSON.parse(JSON.stringify(row)));
  return rows;
}

for (const [what, read] of Object.entries(READERS)) {
  t.test(`${what}: columns of any name`, async (t) => {
    for (const [use, options] of Object.entries(USES)) {
      const plain = await read('plain', options('plain'));
      const wanted = await rowsOf(plain);
      t.ok(wanted.length > 1, 'rows');
      for (const name of NAMES) {
        const table = await read(name, options(name));
        t.strictSame(await rowsOf(table), wanted, `${name} as ${use}`);
        t.strictSame(
          table.features,
          plain.features.map((one) => (one === 'plain' ? name : one)),
        );
        t.strictSame(Object.values(table.categories), Object.values(plain.categories));
      }
    }
    const coded = { code: 'ERR_INVALID_ARG' };
    for (const name of NAMES) {
      await t.rejects(read('plain', { features: [name] }), coded, `no ${name}`);
      await t.rejects(read('plain', { target: name }), coded);
      await t.rejects(read('plain', { columns: Object.fromEntries([[name, 'category']]) }), coded);
    }
  });
}

t.test('names and cells of any length are shortened in messages', async (t) => {
  const name = 'a'.repeat(20_000);
  const refused = async (cells: string, options: object, columns = name): Promise<void> => {
    const error = await readCsv(() => [`${columns},b\n${cells}\n`], options)
      .then(rowsOf)
      .then(
        () => null,
        (reason) => reason,
      );
    t.match(error, { code: /^ERR_/, message: /^Expected .* received /s });
    t.ok(error?.message.length < 600, `${error?.message.length}`);
  };
  await refused('x,1', {});
  await refused(',1', {});
  await refused(',1', { missing: 'mean' });
  await refused('x,1', { columns: { [name]: ['y'] } });
  await refused('1,1', { columns: { [name]: 'wrong' } });
  await refused('1,1', { missing: { [name]: 'wrong' } });
  await refused('1,1', { features: ['c'] });
  // The parser quotes what it stopped at.
  await refused(`${name}"1",1`, {}, 'a');
});
