// Packages of another suite of Debian, by sources that are derived from the machine's own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = '/etc/apt/sources.list.d/debian.sources';

export const isDebian = existsSync(SOURCES);

/** What a file of apt's sources says of that suite. */
export function sourcesOf(suite) {
  const stanzas = readFileSync(SOURCES, 'utf8')
    .split('\n\n')
    .filter((stanza) => !stanza.includes('security'));
  return stanzas
    .join('\n\n')
    .replace(/^Types:.*$/gm, 'Types: deb deb-src')
    .replace(/^Suites:.*$/gm, `Suites: ${suite}`);
}

function must(command, args, env = {}) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
}

/** apt with folders of its own below `apt`, and an empty list of what is installed, so that it fetches all that a package needs. */
function configure(apt, suite) {
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
  writeFileSync(join(apt, 'etc/sources.list.d/newer.sources'), sourcesOf(suite));
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
  return { APT_CONFIG: config };
}

/** Unpacks a suite's packages with all that they need into `root`, where it is not there yet; nothing of the system changes. */
export function unpackDebian(root, suite, packages) {
  if (existsSync(root)) return;
  if (!isDebian) throw new Error(`Debian's suite ${suite} has it: this system is another, or an older one.`);
  const apt = `${root}.apt`;
  const partial = `${root}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const env = configure(apt, suite);
  must('apt-get', ['-qq', 'update'], env);
  must('apt-get', ['-qq', '-y', '--no-install-recommends', '--download-only', 'install', ...packages], env);
  const archives = join(apt, 'cache/archives');
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    must('dpkg-deb', ['-x', join(archives, file), partial]);
  }
  rmSync(apt, { recursive: true });
  renameSync(partial, root);
}

const MACHINE = `${{ x64: 'x86_64', arm64: 'aarch64' }[process.arch]}-linux-gnu`;

/** The folders of what is unpacked. */
export const placesIn = (root) => ({
  libraries: join(root, 'usr/lib', MACHINE),
  headers: [join(root, 'usr/include'), join(root, 'usr/include', MACHINE)],
});

/** A command over the C library of what is unpacked; folders of libraries that `first` names come before the others. */
export function commandIn(root, program, first) {
  const { libraries } = placesIn(root);
  const loader = readdirSync(libraries).find((name) => /^ld-linux-.*\.so/.test(name));
  const all = [...first.map((name) => join(libraries, name)), libraries, join(root, 'usr/lib')];
  return [join(libraries, loader), '--library-path', all.join(':'), ...program];
}
