// Runs processes over a library that has the standard binary interface of MPI 5: Debian's unstable suite has one. It is put into
// a folder of build/, with the C library that it needs, and Node is run with those; nothing of the system changes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesOf } from './debian.mjs';

const FOLDER = join(process.cwd(), 'build/standard_abi');
const ROOT = join(FOLDER, 'root');
const PACKAGES = ['libmpich12', 'libstdc++6'];

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (error) throw error;
  return { status, stdout, stderr };
}

function must(command, args, options) {
  const { status, stdout, stderr } = run(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** apt with folders of its own and an empty list of what is installed, so that it fetches all that a package needs. */
function fetchPackages() {
  const apt = join(FOLDER, 'apt');
  for (const part of [
    'etc/apt.conf.d',
    'etc/preferences.d',
    'etc/sources.list.d',
    'state/lists/partial',
    'cache/archives/partial',
  ]) {
    mkdirSync(join(apt, part), { recursive: true });
  }
  writeFileSync(join(apt, 'status'), '');
  writeFileSync(join(apt, 'etc/sources.list.d/newer.sources'), sourcesOf('sid'));
  const config = join(apt, 'apt.conf');
  const lines = [
    `Dir::Etc "${apt}/etc";`,
    `Dir::State "${apt}/state";`,
    `Dir::State::status "${apt}/status";`,
    `Dir::Cache "${apt}/cache";`,
    'APT::Sandbox::User "";',
    // Mirrors of snapshots keep old lists.
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Retries "3";',
  ];
  writeFileSync(config, lines.join('\n'));
  const options = { env: { ...process.env, APT_CONFIG: config } };
  must('apt-get', ['-qq', 'update'], options);
  must('apt-get', ['-qq', '-y', '--no-install-recommends', '--download-only', 'install', ...PACKAGES], options);
  const archives = join(apt, 'cache/archives');
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    must('dpkg-deb', ['-x', join(archives, file), ROOT]);
  }
  rmSync(apt, { recursive: true });
}

/** The one file of that name in the folder of libraries, which is named by the machine. */
function only(name) {
  const all = readdirSync(join(ROOT, 'usr/lib'), { recursive: true });
  const found = all.find((path) => /^[^/]*-linux-gnu\/[^/]*$/.test(path) && name.test(path));
  if (found === undefined) throw new Error(`There is no ${name} in ${ROOT}.`);
  return join(ROOT, 'usr/lib', found);
}

if (!existsSync(ROOT)) fetchPackages();
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
  if (!condition) throw new Error(`${what}: ended with ${status}\n${stdout}\n${stderr}`);
  console.log(`ok: ${what}`);
}

const collectives = programOf(STANDARD, 'distributed_faults.cases.mjs', 'collectives');
const isStandard = collectives.stdout.match(/"backend":"mpi-abi","sum":\[3,/g)?.length === 2;
expect(collectives.status === 0 && isStandard, 'collectives', collectives);
const layers = programOf(STANDARD, 'distributed.cases.mjs', 'layers');
const same = layers.stdout === programOf(SYSTEM, 'distributed.cases.mjs', 'layers').stdout;
expect(layers.status === 0 && same, "the bits of the system's MPI", layers);
const refused = programOf(STANDARD, 'distributed_faults.cases.mjs', 'misled');
const told = /ends all: it got an error from MPI_Bcast: \w/.test(refused.stderr);
// The launcher loses the last words of a process at times, its code never: that of an error which was returned.
expect(refused.status === 75 || told, 'errors are returned', refused);
