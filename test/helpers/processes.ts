import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { scratch } from './scratch';
import { bringPrograms, IS_LINUX } from './system';

// More processes than cores, by the users' own launchers; those of Open MPI do not spin while they wait.
export const OPENMPI = `${IS_LINUX ? 'mpirun.openmpi --allow-run-as-root' : 'mpirun'} --oversubscribe --bind-to none --mca mpi_yield_when_idle 1`;
export const MPICH = 'mpirun.mpich';
export const LAUNCHERS = IS_LINUX ? [OPENMPI, MPICH] : [OPENMPI];
bringPrograms();
/** It only ends what would never end. */
const HANG_MS = 300_000;

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program of the tests in `size` processes; `act` is told each line that it prints. */
export async function run(
  launcher: string,
  size: number,
  program: readonly string[],
  act: (line: string) => void = () => {},
): Promise<Result> {
  const [file = '', ...rest] = program;
  const node = [process.execPath, '--no-warnings', join(process.cwd(), 'test', file), ...rest];
  const [command = '', ...args] = launcher === '' ? node : [...launcher.split(' '), '-n', String(size), ...node];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: HANG_MS, cwd: scratch() });
  const text = { out: '', err: '' };
  child.stdout.on('data', (data) => {
    text.out += data;
    for (const line of String(data).trim().split('\n')) act(line);
  });
  child.stderr.on('data', (data) => {
    text.err += data;
  });
  const [code] = await once(child, 'close');
  return { code, ...text };
}

/** All numbers of a result, in order. */
function numbersOf(value: unknown): (number | null)[] {
  if (typeof value === 'number' || value === null) return [value];
  return typeof value === 'object' ? Object.values(value).flatMap(numbersOf) : [];
}

/** The largest between the numbers of two results, relative to those above 1. */
export function difference(a: unknown, b: unknown): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  if (left.length !== right.length) return Number.POSITIVE_INFINITY;
  return left.reduce<number>((most, value, i) => {
    const other = right[i] ?? null;
    if (value === other) return most;
    if (value === null || other === null) return Number.POSITIVE_INFINITY;
    return Math.max(most, Math.abs(value - other) / Math.max(1, Math.abs(value)));
  }, 0);
}
