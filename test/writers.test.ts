import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CSVLogger, Dense, Input, loadModel, readNpy, Sequential, writeNpy } from 'gemsbok';
import t from 'tap';
import { scratch } from './helpers/scratch';

// Whoever writes a file does it the same way.

// Windows has neither modes nor limits, and links only for some.
const isWindows = process.platform === 'win32';

function model(units = 1): Sequential {
  const own = new Sequential([new Input({ shape: [1] }), new Dense({ units })]);
  own.compile({ optimizer: 'sgd', loss: 'mse' });
  return own;
}

interface Writer {
  readonly name: string;
  readonly write: (path: string) => Promise<unknown>;
  readonly read: (path: string) => Promise<unknown>;
}

const log = (path: string) => model().fit([1], [1], { verbose: 0, callbacks: [new CSVLogger({ filename: path })] });

const WRITERS: readonly Writer[] = [
  { name: 'model.keras', write: (path) => model().save(path), read: (path) => loadModel(path) },
  { name: 'model.h5', write: (path) => model().save(path), read: (path) => loadModel(path) },
  { name: 'm.weights.h5', write: (path) => model().saveWeights(path), read: (path) => model().loadWeights(path) },
  { name: 'array.npy', write: (path) => writeNpy(path, [1, 2]), read: (path) => readNpy(path) },
  { name: 'log.csv', write: log, read: (path) => readFile(path) },
];

for (const { name, write, read } of isWindows ? [] : WRITERS) {
  t.test(name, async (t) => {
    const folder = scratch();
    const path = join(folder, name);
    await write(path);
    const plain = join(folder, 'plain');
    writeFileSync(plain, '');
    t.equal(statSync(path).mode, statSync(plain).mode, 'a new file has the mode of every new file');
    for (const mode of [0o600, 0o666, 0o640]) {
      chmodSync(path, mode);
      await write(path);
      t.equal(statSync(path).mode & 0o777, mode, 'a file that is replaced keeps its mode');
    }

    mkdirSync(join(folder, 'far'));
    const [link, second] = [join(folder, `link-${name}`), join(folder, `second-${name}`)];
    symlinkSync(join('far', name), link);
    symlinkSync(basename(link), second);
    for (const _ of ['without a file yet', 'over a file']) {
      await write(second);
      t.ok(lstatSync(link).isSymbolicLink() && lstatSync(second).isSymbolicLink(), 'links stay');
      await t.resolves(read(join(folder, 'far', name)));
    }

    const long = join(folder, 'far', `${'n'.repeat(255 - name.length)}${name}`);
    await write(long);
    await t.resolves(read(long), 'the longest name');
    t.strictSame(readdirSync(folder).sort(), [name, 'plain', 'far', basename(link), basename(second)].sort());
    t.strictSame(readdirSync(join(folder, 'far')).sort(), [name, basename(long)].sort(), 'nothing else stays');

    const missing = join(folder, 'none', name);
    const error = await write(missing).catch((error: unknown) => error);
    t.match(error, { code: 'ENOENT', message: /There is no folder `.*`: make it by `mkdir/ });
    t.match((error as Error).message, missing);
    t.notMatch((error as Error).message, /\.tmp/);
  });
}

/** Runs a program that has `write`, the writer of a name, with limits of the system. */
function run(
  name: string,
  path: string,
  program: string,
  limits = '',
): { readonly stdout: string; readonly signal: string | null } {
  const text = `
    const fs = require('node:fs/promises');
    const { CSVLogger, Dense, Input, Sequential, writeNpy } = require('gemsbok');
    const path = ${JSON.stringify(path)};
    const model = new Sequential([new Input({ shape: [1] }), new Dense({ units: 5000 })]);
    const wide = new Sequential([new Input({ shape: [1] }), new Dense({ units: 1, name: 'n' })]);
    wide.compile({ optimizer: 'sgd', loss: 'mse' });
    const write = ${JSON.stringify(name)} === 'array.npy' ? () => writeNpy(path, new Float32Array(5000))
      : ${JSON.stringify(name)} === 'log.csv' ? () => wide.fit([1], [1], { epochs: 200, verbose: 0, callbacks: [new CSVLogger({ filename: path })] })
      : ${JSON.stringify(name)} === 'm.weights.h5' ? () => model.saveWeights(path) : () => model.save(path);
    ${program}`;
  // What watches processes of tests comes with these options, and ends them at signals that Node ignores.
  const { stdout, stderr, signal } = spawnSync(
    'sh',
    ['-c', `unset NODE_OPTIONS; ${limits} exec "$0" -e "$1"`, process.execPath, text],
    {
      encoding: 'utf8',
    },
  );
  return { stdout: stdout + stderr, signal };
}

for (const { name, write, read } of isWindows ? [] : WRITERS) {
  t.test(`${name} when the disk is full`, async (t) => {
    const folder = scratch();
    const path = join(folder, name);
    await write(path);
    const before = readFileSync(path);
    const program = `write().then(() => console.log('written'), ({ code, message }) => console.log(code, message.includes(path)))`;
    t.match(run(name, path, program, 'ulimit -f 4;').stdout, /^EFBIG true/);
    t.strictSame(readdirSync(folder), [name]);
    if (name !== 'log.csv') t.strictSame(readFileSync(path), before, 'the old one stays');
    else t.match(readFileSync(path, 'utf8'), /^epoch,loss,val_loss\r\n(\d+,[\d.e-]+,NA\r\n)+$/, 'whole rows');
    await t.resolves(read(path));
  });

  // Its rows are written behind each other.
  if (name === 'log.csv') continue;
  t.test(`${name} after a writer was killed`, async (t) => {
    const folder = scratch();
    const path = join(folder, name);
    const program = `fs.rename = () => process.kill(process.pid, 'SIGKILL'); write();`;
    for (const _ of [1, 2]) t.equal(run(name, path, program).signal, 'SIGKILL');
    t.equal(readdirSync(folder).length, 1, 'each clears what the one before it left');
    writeFileSync(join(folder, '.gemsbok-of-another-file.tmp'), '');
    await write(path);
    t.strictSame(readdirSync(folder).sort(), ['.gemsbok-of-another-file.tmp', name]);
  });
}

t.test('what is no file is written to, not replaced', async (t) => {
  if (isWindows) return;
  const path = join(scratch(), 'pipe');
  t.equal(spawnSync('mkfifo', [path]).status, 0);
  const [bytes] = await Promise.all([readFile(path), writeNpy(path, [1, 2, 3])]);
  t.ok(lstatSync(path).isFIFO());
  t.strictSame((await readNpy(bytes)).toArray(), [1, 2, 3]);
  t.strictSame(readdirSync(dirname(path)), ['pipe']);
});
