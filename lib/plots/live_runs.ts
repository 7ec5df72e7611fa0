import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPlainObject } from '../check';
import { writeAtomically } from '../files/atomic_file';
import { PALETTE } from '../pictures/colours';
import { thinned } from '../pictures/thinned';

/** One line: a metric of training or of validation, or one of the values of a metric that has several. */
export interface LiveSeries {
  readonly chart: string;
  readonly kind: 'training' | 'validation';
  readonly part: number;
  /** Epochs that ended, counted from 1; with the epoch that runs, a fraction more. */
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** What the page shows of a run. */
export interface LiveRun {
  readonly name: string;
  readonly series: readonly LiveSeries[];
  readonly facts: readonly (readonly [name: string, text: string])[];
}

/** Runs of a folder: the last ones, each in a colour of its own, as the current one. */
const MOST_RUNS = PALETTE.length - 1;
const MOST_BYTES = 2 ** 22;
const MOST_PARTS = 10;

export function seriesOf(
  history: Readonly<Record<string, readonly unknown[]>>,
  epochs: readonly number[],
): LiveSeries[] {
  return Object.entries(history).flatMap(([name, values]) => {
    const isOwn = name.startsWith('val_') && Object.hasOwn(history, name.slice(4));
    const parts = Array.from({ length: Math.min(MOST_PARTS, partsOf(values)) }, (_, part) => part);
    const picked = thinned(values);
    return parts.map(
      (part): LiveSeries => ({
        chart: isOwn ? name.slice(4) : name,
        kind: isOwn ? 'validation' : 'training',
        part,
        // A validation may not follow each epoch.
        x: picked.map((i) => (epochs[i + epochs.length - values.length] ?? i) + 1),
        y: picked.map((i) => finiteOf([values[i]].flat()[part])),
      }),
    );
  });
}

function partsOf(values: readonly unknown[]): number {
  return [values[0]].flat().filter((value) => typeof value === 'number').length;
}

function finiteOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export async function saveRun(folder: string, run: LiveRun): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeAtomically(join(folder, `${run.name}.json`), [Buffer.from(JSON.stringify(run))]);
}

/** Runs of a folder but the current one. */
export interface OtherRuns {
  /** The last ones, the oldest first. */
  readonly runs: readonly LiveRun[];
  /** How many there are; files that hold no run do not count. */
  readonly known: number;
}

export async function otherRuns(folder: string, name: string): Promise<OtherRuns> {
  const files = (await readdir(folder).catch(() => [])).filter(
    (file) => file.endsWith('.json') && file !== `${name}.json`,
  );
  const found = await Promise.all(files.map((file) => readRun(join(folder, file))));
  const runs = found.filter((one) => one !== null).sort((a, b) => a.time - b.time);
  return { runs: runs.slice(-MOST_RUNS).map(({ run }) => run), known: runs.length };
}

async function readRun(path: string): Promise<{ readonly run: LiveRun; readonly time: number } | null> {
  try {
    const { size, mtimeMs } = await stat(path);
    if (size > MOST_BYTES) return null;
    const run: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isRun(run) ? { run, time: mtimeMs } : null;
  } catch {
    return null;
  }
}

function isRun(value: unknown): value is LiveRun {
  if (!isPlainObject(value)) return false;
  const { name, series, facts } = value as Partial<LiveRun>;
  return typeof name === 'string' && areAll(series, isSeries) && areAll(facts, isFact);
}

function areAll(list: unknown, is: (one: unknown) => boolean): boolean {
  return Array.isArray(list) && list.every(is);
}

function isSeries(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  const { chart, kind, part, x, y } = value as Partial<LiveSeries>;
  const isNumber = (one: unknown): boolean => typeof one === 'number';
  const isAlike = x?.length === y?.length && typeof chart === 'string' && isNumber(part);
  return (
    isAlike &&
    (kind === 'training' || kind === 'validation') &&
    areAll(x, isNumber) &&
    areAll(y, (one) => one === null || isNumber(one))
  );
}

function isFact(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((text) => typeof text === 'string');
}
