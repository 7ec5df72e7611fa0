import { dataset, npyBytes, readArrow, readCsv, readNpy, readParquet, writeNpy } from 'gemsbok';
import { type Misuse, wrong } from './helpers/misuse';
import { classifier, INPUTS, x, y } from './models.cases';

const rows = dataset([{ x: new Float32Array(INPUTS), y: 0 }]);
const kept = dataset({ x, y });
const table = (text: string, options = {}) => readCsv(() => [text], options);

async function drained(data: AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>): Promise<void> {
  for await (const _ of await data);
}

export const DATASETS: readonly Misuse[] = [
  { what: 'no source', call: () => dataset(wrong(null)), code: 'ERR_INVALID_ARG', message: /`source`, received null/ },
  { what: 'a string as source', call: () => dataset(wrong('x')), code: 'ERR_INVALID_ARG', message: /`source`.*'x'/ },
  {
    what: 'a class as source',
    call: () => dataset(wrong(class {})),
    code: 'ERR_INVALID_ARG',
    message: /`source`.*It is a class/,
  },
  {
    what: 'an unknown part of arrays',
    call: () => dataset(wrong({ x, Y: y })),
    code: 'ERR_INVALID_ARG',
    message: /Did you mean `y`\?/,
  },
  {
    what: 'arrays that are called batches',
    call: () => dataset({ x, y }, { batched: true }),
    code: 'ERR_INVALID_ARG',
    message: /`batched`/,
  },
  {
    what: 'fewer targets than samples',
    call: () => dataset({ x, y: [1] }),
    code: 'ERR_SHAPE_MISMATCH',
    message: /50 targets.*`y`, received shape \[1\]/,
  },
  {
    what: 'weights that do not fit',
    call: () => dataset({ x, y, sampleWeight: [1, 2] }),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`sampleWeight`, received shape \[2\]/,
  },
  { what: 'no samples', call: () => dataset({ x: [] }), code: 'ERR_SHAPE_MISMATCH', message: /at least one sample/ },
  {
    what: 'a batch of batches',
    call: () => rows.batch(2).batch(2),
    code: 'ERR_UNSUPPORTED',
    message: /rows for `batch`/,
  },
  { what: 'no prefetch', call: () => rows.prefetch(0), code: 'ERR_OUT_OF_RANGE', message: /`size`, received 0/ },
  { what: 'no filter', call: () => rows.filter(wrong(3)), code: 'ERR_INVALID_ARG', message: /`filter`, received 3/ },
  { what: 'batches of nothing', call: () => rows.batch(0), code: 'ERR_OUT_OF_RANGE', message: /`size`, received 0/ },
  { what: 'half an element', call: () => rows.take(0.5), code: 'ERR_INVALID_ARG', message: /`count`, received 0\.5/ },
  {
    what: 'a shuffle without a buffer',
    call: () => rows.shuffle(wrong({})),
    code: 'ERR_INVALID_ARG',
    message: /`bufferSize`, received undefined/,
  },
  { what: 'a map that is none', call: () => rows.map(wrong(1)), code: 'ERR_INVALID_ARG', message: /`map`, received 1/ },
  {
    what: 'rows beside batches',
    call: () => rows.zip(rows.batch(2)),
    code: 'ERR_INVALID_ARG',
    message: /all of rows or all of batches for `zip`/,
  },
  {
    what: 'targets beside a data set',
    call: () => classifier().fit(wrong(rows), y, {}),
    code: 'ERR_INVALID_ARG',
    message: /`y`.*Put it into the data set/,
  },
  {
    what: 'weights beside a data set',
    call: () => classifier().evaluate(kept, { sampleWeight: y }),
    code: 'ERR_INVALID_ARG',
    message: /`sampleWeight`/,
  },
  {
    what: 'a batch size beside batches',
    call: () => classifier().fit(rows.batch(2), { batchSize: 2 }),
    code: 'ERR_INVALID_ARG',
    message: /`batchSize`.*`batch`/,
  },
  {
    what: 'a shuffle of what comes one by one',
    call: () => classifier().fit(rows, { shuffle: true }),
    code: 'ERR_UNSUPPORTED',
    message: /`shuffle`.*bufferSize/,
  },
  {
    what: 'a split of what comes one by one',
    call: () => classifier().fit(rows, { validationSplit: 0.5 }),
    code: 'ERR_UNSUPPORTED',
    message: /`validationSplit`.*`take` and `skip`/,
  },
  {
    what: 'samples of another shape than the model has',
    call: () => classifier().fit(dataset({ x: [[1, 2]], y: [0] })),
    code: 'ERR_SHAPE_MISMATCH',
    message: /\[batch, 6\].*`x`, received shape \[1, 2\]/,
  },
];

/** What comes to light while a source is read: these errors have no line of the caller in their stack. */
export const SOURCES: readonly Misuse[] = [
  { what: 'nothing', call: () => classifier().fit(dataset([])), code: 'ERR_SHAPE_MISMATCH', message: /one batch/ },
  {
    what: 'a row of another shape',
    call: () => classifier().fit(dataset([{ x: [1, 2], y: 0 }])),
    code: 'ERR_SHAPE_MISMATCH',
    message: /\[batch, 6\].*`data\[0\]\.x`, received shape \[1, 2\]/,
  },
  {
    what: 'rows of two shapes',
    call: () => drained(dataset([{ x: [1, 2] }, { x: [1] }]).batch(2)),
    code: 'ERR_SHAPE_MISMATCH',
    message: /\[2\] of the first row.*`row\[1\]\.x`, received shape \[1\]/,
  },
  {
    what: 'a row without a target among others',
    call: () => drained(dataset([{ x: 1, y: 1 }, { x: 2 }]).batch(2)),
    code: 'ERR_INVALID_ARG',
    message: /`row\[1\]\.y`, received undefined/,
  },
  {
    what: 'rows without targets',
    call: () => classifier().fit(dataset([new Float32Array(INPUTS)])),
    code: 'ERR_INVALID_ARG',
    message: /`data\[0\]\.y`, received undefined/,
  },
  {
    what: 'a row that is a bare array',
    call: () => drained(dataset(wrong([[1, 2, 3, 4]]))),
    code: 'ERR_INVALID_ARG',
    message: /`source\[0\]`, received \[1, 2, 3, 4\].*TypedArray/,
  },
  {
    what: 'a row that is text',
    call: () => drained(dataset(wrong(['1']))),
    code: 'ERR_INVALID_ARG',
    message: /`source\[0\]`, received '1'/,
  },
  {
    what: 'a map that gives nothing',
    call: () => drained(rows.map(wrong(() => {}))),
    code: 'ERR_INVALID_ARG',
    message: /`map\(\)`, received undefined/,
  },
  {
    what: 'a function that opens nothing',
    call: () => drained(dataset(wrong(() => null))),
    code: 'ERR_INVALID_ARG',
    message: /`source`, received null/,
  },
  {
    what: 'a label beyond the classes',
    call: () => classifier().fit(dataset([{ x: new Float32Array(INPUTS), y: 3 }])),
    code: 'ERR_OUT_OF_RANGE',
    message: /from 0 to 2 for `y/,
  },
  { what: 'an empty CSV file', call: () => table(''), code: 'ERR_CORRUPT_FILE', message: /names of the columns/ },
  {
    what: 'a text among numbers',
    call: () => drained(table('a,b\n1,2\n1,two\n')),
    code: 'ERR_CORRUPT_FILE',
    message: /a number .*column `b` in row 2 of the CSV data, received 'two'/,
  },
  {
    what: 'an empty cell',
    call: () => drained(table('a,b\n1,\n')),
    code: 'ERR_CORRUPT_FILE',
    message: /column `b` in row 1 of the CSV data, received an empty cell\. Pass \{ missing: \{ 'b': 'skip' \} \}/,
  },
  {
    what: 'a category that is not listed',
    call: () => drained(table('a\nx\n', { columns: { a: ['y'] } })),
    code: 'ERR_CORRUPT_FILE',
    message: /one of y .*'x'/,
  },
  {
    what: 'rows of several lengths',
    call: () => drained(table('a,b\n1,2\n3\n')),
    code: 'ERR_CORRUPT_FILE',
    message: /comma-separated values in the CSV data, received .*line 3/,
  },
  {
    what: 'a quote that does not end',
    call: () => drained(table('a\n"1\n')),
    code: 'ERR_CORRUPT_FILE',
    message: /[Qq]uote/,
  },
];

export const READERS: readonly Misuse[] = [
  { what: 'a number as path', call: () => readNpy(wrong(1)), code: 'ERR_INVALID_ARG', message: /`source`, received 1/ },
  { what: 'an empty path', call: () => writeNpy('', [1]), code: 'ERR_INVALID_ARG', message: /`path`, received ''/ },
  { what: 'text as an array', call: () => npyBytes(wrong('1')), code: 'ERR_INVALID_ARG', message: /`data`.*'1'/ },
  { what: 'no Arrow', call: () => readArrow(wrong(null)), code: 'ERR_INVALID_ARG', message: /`source`.*null/ },
  { what: 'no Parquet', call: () => readParquet(wrong({})), code: 'ERR_INVALID_ARG', message: /`source`.*an object/ },
  { what: 'no CSV', call: () => readCsv(wrong(1)), code: 'ERR_INVALID_ARG', message: /`source`, received 1/ },
  {
    what: 'a target that is no column',
    call: () => table('a,b\n', { target: 'c' }),
    code: 'ERR_INVALID_ARG',
    message: /columns a, b for `target`, received 'c'/,
  },
  {
    what: 'a type for what is no column',
    call: () => table('age,b\n', { columns: { Age: 'category' } }),
    code: 'ERR_INVALID_ARG',
    message: /Did you mean `age`\?/,
  },
  {
    what: 'a type that is none',
    call: () => table('a\n', { columns: { a: 'text' } }),
    code: 'ERR_INVALID_ARG',
    message: /`columns\.a`, received 'text'/,
  },
  {
    what: 'nothing but targets',
    call: () => table('a\n', { target: 'a' }),
    code: 'ERR_INVALID_ARG',
    message: /`features`/,
  },
  {
    what: 'an unknown rule for empty cells',
    call: () => table('a\n', { missing: 'drop' }),
    code: 'ERR_INVALID_ARG',
    message: /`missing`, received 'drop'/,
  },
  {
    what: 'an unknown option',
    call: () => table('a\n', { delimeter: ';' }),
    code: 'ERR_INVALID_ARG',
    message: /Did you mean `delimiter`\?/,
  },
];
