// Runs processes over a library that has the standard binary interface of MPI 5: Debian's unstable suite has one. It is put into
// a folder of build/, with the C library that it needs, and Node is run with those; nothing of the system changes.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebian } from './debian.mjs';

const ROOT = join(process.cwd(), 'build/standard_abi');

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** The one file of that name in the folder of libraries, which is named by the machine. */
function only(name) {
  const all = readdirSync(join(ROOT, 'usr/lib'), { recursive: true });
  const found = all.find((path) => /^[^/]*-linux-gnu\/[^/]*$/.test(path) && name.test(path));
  if (found === undefined) throw new Error(`There is no ${name} in ${ROOT}.`);
  return join(ROOT, 'usr/lib', found);
}

unpackDebian(ROOT, 'sid', ['libmpich12', 'libstdc++6']);
const library = only(/libmpi_abi(_mpich)?\.so\.1/);
const loader = only(/\/ld-linux-.*\.so\.\d$/);
const folder = join(library, '..');

const node = [process.execPath, '--no-warnings'];
const STANDARD = ['mpirun.mpich', '-n', '2', '-env', 'GEMSBOK_MPI', library, loader, '--library-path', folder, ...node];
const SYSTEM = ['mpirun.mpich', '-n', '2', ...node];

function programOf([command, ...args], file, what) {
  return run(command, [...args, join('test', file), what], { timeout: 120_000, killSignal: 'SIGKILL' });
}

function expect(condition, what, { status, stdout, stderr }) {
  if (!condition) throw new Error(`${what}: ended with ${status}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  console.log(`ok: ${what}`);
}

const collectives = programOf(STANDARD, 'distributed_faults.cases.mjs', 'collectives');
const isStandard = collectives.stdout.match(/"backend":"mpi-abi","sum":\[3,/g)?.length === 2;
expect(collectives.status === 0 && isStandard, 'collectives', collectives);
const layers = programOf(STANDARD, 'distributed.cases.mjs', 'layers');
const wanted = programOf(SYSTEM, 'distributed.cases.mjs', 'layers');
expect(wanted.status === 0, "the system's MPI", wanted);
expect(layers.status === 0 && layers.stdout === wanted.stdout, 'the same bits', layers);
const refused = programOf(STANDARD, 'distributed_faults.cases.mjs', 'misled');
const told = /ends all: it got an error from MPI_Bcast: \w/.test(refused.stderr);
// The launcher loses the last words of a process at times, its code never: that of an error which was returned.
expect(refused.status === 75 || told, 'errors are returned', refused);
