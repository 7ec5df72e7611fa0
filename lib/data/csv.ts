import { createReadStream } from 'node:fs';
import type * as Stream from 'node:stream';
import { checkFunction, checkOptions, checkPath, checkString } from '../check';
import { corruptFile, invalidArgument, naming } from '../errors';
import { importOptional, rethrow } from '../optional';
import { isBytes } from '../tensor';
import { isSource, type Open, type OpenableSource, passesOver } from './source';
import { openTable, TABLE_OPTIONS, type TableDataset, type TableOptions } from './table';

/** Bytes or letters that are parsed in one turn of the event loop. */
const PART = 2 ** 16;

/** The most bytes of a line: a quote that is never closed would take the rest of the file for one cell. */
const MOST_RECORD = 2 ** 24;

export interface CsvOptions extends TableOptions {
  /** Default: ',' */
  readonly delimiter?: string | undefined;
  /** The names of the columns, where the first line does not hold them. Default: the first line */
  readonly header?: readonly string[] | undefined;
}

/** A path, or text as it comes: a stream, any iterable of strings or bytes, or a function that opens one. */
export type CsvSource = string | OpenableSource<string | Uint8Array>;

/**
 * Reads a table of comma-separated values (RFC 4180) as a data set: a row at a time, so that the file may be larger
 * than memory. Needs the package csv-parse.
 *
 * `missing` by column, `{ width: 'mean', colour: 'mostFrequent' }`, reads the table once at the beginning, and keeps
 * what it found in `imputed`. A median keeps its column in memory.
 *
 * Shapes: x holds a number for each feature; y is a number, or a list where `target` is one. Defaults: every column is
 * a number, all are features but the target and the weight, an empty cell is refused. Errors: `ERR_INVALID_ARG` for
 * names that are not columns, `ERR_CORRUPT_FILE` for what is not such a table (rows of other lengths, texts for numbers),
 * with the row; `ERR_UNSUPPORTED` without the package.
 *
 * @example
 * ```ts
 * const text = ['width,colour,kind\n1.5,red,0\n', '2.5,blue,1\n'];
 * const table = await readCsv(() => text, { target: 'kind', columns: { colour: 'category' } });
 * for await (const row of table) console.log(row.x, row.y);
 * table.features; // ["width", "colour"]
 * table.categories.colour; // ["red", "blue"]
 * const holes = await readCsv(() => ['a,b\n1,0\n', ',1\n', '2,1\n'], { target: 'b', missing: { a: 'mean' } });
 * holes.imputed; // {"a":1.5}
 * ```
 */
export async function readCsv(source: CsvSource, options: CsvOptions = {}): Promise<TableDataset> {
  checkOptions(options, [...TABLE_OPTIONS, 'delimiter', 'header'], 'readCsv');
  const delimiter = checkString(options.delimiter ?? ',', 'delimiter');
  if (/["\r\n]/.test(delimiter)) throw invalidArgument('delimiter', "what separates cells, such as ',',", delimiter);
  const where = typeof source === 'string' ? source : 'the CSV data';
  const isRepeatable = typeof source === 'string' || typeof source === 'function';
  const records = await parsed(passesOver(openable(source)), delimiter, where);
  if (options.header !== undefined) {
    return openTable({ where, names: checkHeader(options.header), rows: records, isRepeatable }, options);
  }
  const { names, rows } = await withHeader(records, isRepeatable, where);
  return openTable({ where, names, rows, isRepeatable, ...delimiterHint(names, delimiter) }, options);
}

/** A line with one name and other delimiters in it was cut by the wrong one. */
function delimiterHint([name = '', ...others]: readonly string[], delimiter: string): { readonly hint?: string } {
  const found = [';', '\t', '|', ','].find((other) => other !== delimiter && name.includes(other));
  if (others.length > 0 || found === undefined) return {};
  return { hint: `The first line has no '${delimiter}': pass { delimiter: ${JSON.stringify(found)} }.` };
}

function openable(source: CsvSource): OpenableSource<string | Uint8Array> {
  if (typeof source === 'string') return () => createReadStream(checkPath(source, 'source'));
  if (typeof source === 'function') return checkFunction(source, 'source');
  if (isSource(source)) return source;
  throw invalidArgument('source', 'a path, a stream, or a function that opens one', source);
}

function checkHeader(header: unknown): readonly string[] {
  if (!Array.isArray(header)) throw invalidArgument('header', 'a list of names', header);
  return Array.from(header, (name) => checkString(name, 'header'));
}

/** The first line of text, and the others. What can be opened again is opened for each pass. */
async function withHeader(records: Open<readonly string[]>, isRepeatable: boolean, where: string) {
  const pass = records(new AbortController().signal)[Symbol.asyncIterator]();
  const { value: names, done } = await pass.next();
  if (done === true) throw corruptFile(where, 'a line with the names of the columns', 'nothing');
  if (isRepeatable) await pass.return?.();
  let first: AsyncIterator<readonly string[]> | null = isRepeatable ? null : pass;
  const rows: Open<readonly string[]> = async function* (signal) {
    const own = first ?? records(signal)[Symbol.asyncIterator]();
    if (first === null) await own.next();
    first = null;
    yield* { [Symbol.asyncIterator]: () => own };
  };
  return { names, rows };
}

/**
 * Without a check the parser would refuse other parts, in its own words. Large ones are cut, and the event loop has a
 * turn between them: a part is parsed in one go, and one in memory is there at once.
 */
async function* texts(parts: AsyncIterable<unknown>): AsyncGenerator<string | Uint8Array> {
  let sinceTurn = 0;
  for await (const part of parts) {
    if (typeof part !== 'string' && !isBytes(part)) {
      throw invalidArgument('source', 'parts of a text, or bytes of it,', part);
    }
    for (const piece of piecesOf(part)) {
      yield piece;
      sinceTurn += piece.length;
      if (sinceTurn < PART) continue;
      sinceTurn = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function* piecesOf(part: string | Uint8Array): Generator<string | Uint8Array> {
  for (let at = 0, end = 0; at < part.length; at = end) {
    end = at + PART;
    if (typeof part !== 'string') yield part.subarray(at, end);
    else {
      // Two halves of one letter stay together.
      if (/[\ud800-\udbff]/.test(part[end - 1] ?? '')) end++;
      yield part.slice(at, end);
    }
  }
}

async function parsed(
  open: Open<string | Uint8Array>,
  delimiter: string,
  where: string,
): Promise<Open<readonly string[]>> {
  const { parse, CsvError } = await importOptional('CSV', 'csv-parse', () => import('csv-parse').catch(rethrow));
  return async function* (signal) {
    const parser = parse({ delimiter, bom: true, skip_empty_lines: true, max_record_size: MOST_RECORD });
    // Its error comes out of the loop below.
    // Loaded where it is needed, as it takes a good part of the time of importing the library.
    const { pipeline, Readable } = require('node:stream') as typeof Stream;
    pipeline(Readable.from(texts(open(signal))), parser, () => {});
    try {
      for await (const record of parser) yield record as readonly string[];
    } catch (error) {
      if (!(error instanceof CsvError)) throw naming(where, error);
      throw corruptFile(where, 'comma-separated values', error.message, { cause: error });
    } finally {
      parser.destroy();
    }
  };
}
