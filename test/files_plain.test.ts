import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Dense, Input, loadModel, Sequential } from 'gemsbok';
import t from 'tap';
import { fixture } from './files.cases';
import { zipBytes } from './helpers/keras_writer';
import { scratch } from './helpers/scratch';

/** An installation without the packages that read HDF5 and zip. */
const folder = scratch();
for (const part of ['dist', 'package.json']) cpSync(part, join(folder, part), { recursive: true });
mkdirSync(join(folder, 'node_modules'));
for (const part of ['build', 'node_modules/node-gyp-build']) symlinkSync(resolve(part), join(folder, part));

const PROGRAM = `
  const { loadModel } = require('./dist/index.js');
  (async () => {
    for (const path of process.argv.slice(1)) {
      const text = await loadModel(path, { compile: false }).then(
        (model) => JSON.stringify(model.getWeights().map(({ data, shape }) => [[...data], shape])),
        ({ code, message }) => code + ' ' + message,
      );
      console.log(text);
    }
  })();`;

/** What loading says there, of each file. */
function loaded(...args: string[]): string[] {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', PROGRAM, ...args], { cwd: folder, encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  return stdout.trim().split('\n');
}

function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function weightsOf(path: string): Promise<string> {
  const model = await loadModel(path, { compile: false });
  return JSON.stringify(model.getWeights().map(({ data, shape }) => [[...data], shape]));
}

/** In the layout that only the library reads. */
async function newest(path: string, target: string): Promise<string> {
  const { File, Group, Dataset, ready } = await import('h5wasm/node');
  await ready;
  const from = new File(path, 'r');
  const to = new File(target, 'w', { libver: ['latest', 'latest'] } as never);
  const copy = (source: InstanceType<typeof Group>, into: InstanceType<typeof Group>): void => {
    for (const [name, { value, shape }] of Object.entries(source.attrs)) {
      if (value !== null) into.create_attribute(name, value as never, shape as number[], 'S');
    }
    for (const name of source.keys()) {
      const child = source.get(name);
      if (child instanceof Group) copy(child, into.create_group(name));
      else if (child instanceof Dataset) {
        const data = child.value as never;
        into.create_dataset({ name, data, shape: child.shape as number[], dtype: child.dtype as string });
      }
    }
  };
  copy(from, to);
  from.close();
  to.close();
  return target;
}

t.test('files as Keras and this library write them are read without other packages', async (t) => {
  const model = new Sequential([
    new Input({ shape: [3] }),
    new Dense({ units: 2, activation: 'gelu' }),
    new Dense({ units: 1 }),
  ]);
  model.compile({ loss: 'mse', optimizer: 'adam', advice: false });
  const own = [join(folder, 'own.keras'), join(folder, 'own.h5')];
  for (const path of own) await model.save(path);
  const entries: [string, Uint8Array][] = [];
  const { ZipReader, Uint8ArrayReader, Uint8ArrayWriter } = await import('@zip.js/zip.js');
  const reader = new ZipReader(new Uint8ArrayReader(new Uint8Array(readFileSync(fixture('sequential.keras')))));
  for (const entry of await reader.getEntries()) {
    if (!entry.directory) entries.push([entry.filename, await entry.getData(new Uint8ArrayWriter())]);
  }
  const deflated = written('deflated.keras', await zipBytes(entries, 9));
  const names = ['sequential.keras', 'functional.keras', 'keras3.h5', 'keras2.h5']
    .map(fixture)
    .map((path) => resolve(path));
  const paths = [...own, deflated, ...names];
  const found = loaded(...paths);
  for (const [i, path] of paths.entries()) t.equal(found[i], await weightsOf(path), path);
  t.equal(found[2], found[3], 'deflated and stored');
});

t.test('other layouts give the same, by the packages', async (t) => {
  const path = resolve(fixture('keras2.h5'));
  const other = await newest(path, join(folder, 'newest.h5'));
  t.equal(await weightsOf(other), await weightsOf(path));
  const keras = readFileSync(fixture('sequential.keras'));
  const behind = written('behind.keras', Buffer.concat([keras, Buffer.from('more')]));
  const wrong = Buffer.from(keras);
  wrong[2000] = 255 - (wrong[2000] ?? 0);
  const [h5, zip, damaged] = loaded(other, behind, written('wrong.keras', wrong));
  t.match(h5, /^ERR_UNSUPPORTED .*npm install h5wasm/);
  t.match(zip, /^ERR_UNSUPPORTED .*npm install @zip.js\/zip.js/);
  t.match(damaged, /^ERR_UNSUPPORTED .*npm install @zip.js\/zip.js/, 'a checksum is compared');
});

const NEEDY = `
  const { Dense, Input, Sequential } = require('./dist/index.js');
  const { trainingCurves } = require('./dist/plots/index.js');
  const model = new Sequential([new Input({ shape: [1] }), new Dense({ units: 1 })]);
  const say = ({ code, message }) => console.log(code, message);
  (async () => {
    await model.save('new.keras').catch(say);
    await trainingCurves({ history: { loss: [1] } }, { format: 'png' }).catch(say);
  })();`;

t.test('what needs several packages names them all at once', async (t) => {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', NEEDY], { cwd: folder, encoding: 'utf8' });
  const [keras, png] = stdout.split('\n');
  t.match(keras, /^ERR_UNSUPPORTED .*`npm install @zip.js\/zip.js h5wasm`/, stderr);
  t.match(png, /^ERR_UNSUPPORTED .*`npm install vega vega-lite @resvg\/resvg-js`/);
});

t.test('versions of Node without a checksum of their own read zips as well', async (t) => {
  const old = written('old.js', Buffer.from("delete require('node:zlib').crc32;"));
  const path = resolve(fixture('sequential.keras'));
  const wrong = Buffer.from(readFileSync(path));
  wrong[2000] = 255 - (wrong[2000] ?? 0);
  const [sound, damaged] = loaded('-r', old, '--', path, written('wrong.keras', wrong));
  t.equal(sound, await weightsOf(path));
  t.match(damaged, /^ERR_UNSUPPORTED .*npm install @zip.js\/zip.js/, 'it is compared');
});

t.test('what the library refuses is left to it', async (t) => {
  const sound = readFileSync(fixture('keras2.h5'));
  t.notMatch(loaded(written('sound.h5', sound))[0], /^ERR/);
  const heap = sound.indexOf('HEAP');
  const free = Number(sound.readBigUInt64LE(heap + 16) + sound.readBigUInt64LE(heap + 24));
  const damage: [string, number, bigint][] = [
    ['a heap whose unused part is longer than it', free + 8, 2n ** 20n],
    ['a heap whose unused part has no next one', free, 0n],
    ['a heap that stands elsewhere', heap + 24, BigInt(sound.length - 96)],
  ];
  for (const [name, at, value] of damage) {
    const bytes = Buffer.from(sound);
    bytes.writeBigUInt64LE(value, at);
    t.match(loaded(written('damaged.h5', bytes))[0], /^ERR_UNSUPPORTED .*npm install h5wasm/, name);
  }
});
