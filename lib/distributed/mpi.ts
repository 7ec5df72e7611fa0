import { availableParallelism, cpus, hostname } from 'node:os';
import { inspect } from 'node:util';
import { checkInteger, checkOptions, checkPath } from '../check';
import { GemsbokError, InWords, unsupported } from '../errors';
import { type NativeProcesses, native } from '../native';
import { seedState, setSeedState } from '../random';
import { LEFT, say } from './last_words';
import { isLaunched, launchedSize, librariesOf, variablesOf } from './launcher';
import { ProcessGroup } from './process_group';

export interface MpiOptions {
  /** How long a process waits for the others, in milliseconds, before it ends them all. Default: 600000, 10 minutes */
  readonly timeout?: number | undefined;
  /** The path or the name of the library. Default: that of `GEMSBOK_MPI`, else those of the known MPIs */
  readonly library?: string | undefined;
}

const DEFAULT_TIMEOUT_MS = 600_000;

const SRUN = 'In Slurm, `srun --mpi=pmix` connects processes by Open MPI, `srun --mpi=pmi2` by MPICH.';

let connected: Promise<ProcessGroup> | null = null;
let hasBegun = false;
let group: ProcessGroup | null = null;

/** The group of this process, once it is connected. */
export function connectedGroup(): ProcessGroup | null {
  return group;
}

/**
 * Connects this process with those that a launcher of MPI started beside it: `mpirun -n 4 node train.mjs`. The object goes into
 * `fit`, `evaluate`, `predict` and `trainOnBatch` as the option `distributed`.
 *
 * MPI is the user's own: Open MPI, MPICH and its kin, or any of MPI 5; its library is loaded here, and not before. Under
 * plain `node` nothing is loaded, and the object is that of one process alone, so that one program serves both. A process has one such
 * object, which each call returns. Call it before models are made, so that all processes draw the same seeds.
 *
 * Errors, by which the promise is rejected: `ERR_DIST_UNAVAILABLE` where there is no library, or one of another MPI than the
 * launcher's, or where `srun` was told of no MPI, `ERR_UNSUPPORTED` in a worker thread, `ERR_INVALID_ARG` and `ERR_OUT_OF_RANGE` for options.
 *
 * @example
 * ```ts
 * const dist = await distributed.mpi();
 * dist.size; // 1
 * ```
 */
export async function mpi(options: MpiOptions = {}): Promise<ProcessGroup> {
  checkOptions(options, ['timeout', 'library'], 'mpi');
  const timeout = checkInteger(options.timeout ?? DEFAULT_TIMEOUT_MS, 'timeout', { min: 1 });
  const variables = variablesOf(process.env);
  const library = options.library === undefined ? variables.GEMSBOK_MPI : checkPath(options.library, 'library');
  const { isMainThread } = await import('node:worker_threads');
  if (!isMainThread)
    throw unsupported('mpi', 'the main thread', new InWords('a call in a worker'), 'Call it there, once.');
  connected ??= connect(library, timeout);
  try {
    return await connected;
  } catch (error) {
    // Where no library was found another may be named; MPI itself begins once a process.
    if (!hasBegun) connected = null;
    throw error;
  }
}

async function connect(library: string | undefined, timeout: number): Promise<ProcessGroup> {
  group = library === undefined && !isLaunched(variablesOf(process.env)) ? alone() : await joined(library, timeout);
  return group;
}

/** Errors: `ERR_DIST_UNAVAILABLE` where Slurm started several without MPI: each would train and write as if it were the only one. */
function alone(): ProcessGroup {
  const started = launchedSize(variablesOf(process.env)) ?? 1;
  if (started > 1) {
    throw new GemsbokError(
      'ERR_DIST_UNAVAILABLE',
      `Expected processes that MPI connects, received ${started} that \`srun\` started without it. ${SRUN} Where each is to ` +
        'be alone, set the environment variable SLURM_STEP_NUM_TASKS to nothing.',
    );
  }
  const facts = { rank: 0, size: 1, localRank: 0, localSize: 1, host: hostname(), libraryVersion: '' };
  return new ProcessGroup({ ...facts, backend: 'none' }, null);
}

async function joined(library: string | undefined, timeout: number): Promise<ProcessGroup> {
  const processes = load(
    library === undefined ? librariesOf(variablesOf(process.env), process.platform) : [library],
    timeout,
  );
  const own = new ProcessGroup(processes.facts(), processes);
  hasBegun = true;
  guardExit(own);
  checkSize(own);
  if (own.size === 1) return own;
  shareCores(own);
  // A process that exits meanwhile ends the others.
  setSeedState(await own.exclusively('mpi', () => own.share(seedState())));
  return own;
}

function load(libraries: readonly string[], timeout: number): NativeProcesses {
  try {
    return new native.Processes(libraries, timeout);
  } catch (error) {
    const tried = error instanceof Error ? error.message : String(error);
    throw new GemsbokError(
      'ERR_DIST_UNAVAILABLE',
      `Expected a library of MPI, received none that loads: ${tried}. Install Open MPI or MPICH, the one whose launcher you use ` +
        '(Debian: apt-get install openmpi-bin), or name its library by the option `library` or the environment variable GEMSBOK_MPI.',
      { cause: error },
    );
  }
}

/** A library that does not know the launcher takes each process for one that is alone. */
function checkSize({ size, libraryVersion }: ProcessGroup): void {
  const launched = launchedSize(variablesOf(process.env));
  if (launched === null || launched === size) return;
  const [line = ''] = libraryVersion.split('\n');
  throw new GemsbokError(
    'ERR_DIST_UNAVAILABLE',
    `Expected the library of the launcher's MPI, which started ${launched} processes, received one that sees ${size}: ${line}. ` +
      `Name the right one by the option \`library\` or the environment variable GEMSBOK_MPI. ${SRUN}`,
  );
}

/** Processes of one machine divide its cores, unless the launcher has done so. */
function shareCores({ localSize }: ProcessGroup): void {
  const all = cpus().length;
  const own = availableParallelism();
  if (own < all && own === 1) {
    process.emitWarning(
      `The launcher bound this process to one of ${all} cores. Start it with \`--bind-to none\`, or with ` +
        '`--map-by slot:PE=2` for two cores each.',
      { code: 'GEMSBOK_BOUND' },
    );
  }
  if (own === all && native.getThreads() === all) native.setThreads(Math.max(1, Math.floor(all / localSize)));
}

/** A process that ends must not leave the others waiting, nor end as if all were well. */
function guardExit(own: ProcessGroup): void {
  let thrown: { readonly error: unknown } | null = null;
  process.on('uncaughtExceptionMonitor', (error) => {
    thrown = { error };
  });
  process.on('exit', (code) => {
    if (own.isClosed || (code === 0 && endsWithAll(own))) return;
    // Node would tell of the error after this, which does not return.
    const left = `gemsbok: process ${own.rank} of ${own.size} left the others, with exit code ${code}.`;
    say(thrown === null ? left : inspect(thrown.error));
    own.abort(code === 0 ? LEFT : code);
  });
}

/** Whether all others end, too; waits until they do. */
function endsWithAll(own: ProcessGroup): boolean {
  if (own.isWorking) return false;
  try {
    own.closeAtOnce();
    return true;
  } catch {
    return false;
  }
}
