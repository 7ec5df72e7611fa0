import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import t from 'tap';

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

t.test('nothing runs when the package is installed', async (t) => {
  const { scripts, files } = read('package.json');
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) t.notOk(name in scripts, name);
  t.notOk(files.includes('binding.gyp'), 'npm would compile');
});

t.test('every dependency is pinned by its hash', async (t) => {
  const entries = Object.entries<{ integrity?: string; link?: boolean }>(read('package-lock.json').packages);
  t.strictSame(
    entries.filter(([path, { integrity }]) => path !== '' && integrity === undefined).map(([path]) => path),
    [],
  );
});

t.test('the list of what is linked in is up to date', async (t) => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/sbom.mjs', '--check'], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  const licences = readFileSync('THIRD_PARTY_LICENSES.md', 'utf8').toLowerCase();
  const { components } = read('sbom.cdx.json') as { components: { name: string; purl?: string }[] };
  // Those with an address in npm's registry and no part in the addon are dependencies, which bring their licences.
  const linked = components.filter(({ name }) => name !== 'node-gyp-build');
  for (const { name } of linked) t.ok(licences.includes(name.replace(' compiler_rt', '')), name);
});

t.test('the loader knows each target, and the workflow builds it', async (t) => {
  const targets = read('scripts/targets.json') as Record<string, { file: string; openblas: string }>;
  const loader = readFileSync('lib/native.ts', 'utf8');
  const workflow = readFileSync('.github/workflows/prebuilds.yml', 'utf8');
  for (const [name, { file, openblas }] of Object.entries(targets)) {
    t.ok(loader.includes(`'../prebuilds/${file}'`), `${name} is loaded`);
    t.match(workflow, new RegExp(`[ \\[]${name}[,\\]]`), `${name} is built`);
    t.ok(openblas in read('scripts/openblas.json'), `${name} has an OpenBLAS`);
  }
});

t.test('what an addon asks for and shows is read from its bytes', async (t) => {
  const program = `
    import { inspect, readElf } from './scripts/binary.mjs';
    const addon = process.argv[1];
    const node = inspect(process.execPath, { glibc: '2.17', file: 'node' });
    console.log(JSON.stringify({ node, exports: readElf(addon)?.exports ?? null }));`;
  const addon = createRequire(`${process.cwd()}/package.json`)('node-gyp-build').path(process.cwd());
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program, addon], { encoding: 'utf8' });
  const { node, exports } = JSON.parse(stdout);
  t.match(node.join(), /node has \d+ bytes, more than/, 'a file that is too large');
  if (process.platform !== 'linux') return;
  t.match(node.join(), /asks for glibc 2\.(1[89]|[2-9]\d)/, 'one for newer systems');
  t.match(node.join(), /asks for libstdc\+\+/, 'one that needs C++');
  t.match(node.join(), /node shows \w/, 'one that hides nothing');
  t.ok(exports.length > 0 && exports.every((name: string) => /^(napi|node_api)_/.test(name)), `${exports}`);
});

t.test('importing loads no more than every program needs', async (t) => {
  const program = `
    Intl.Collator = () => { throw new Error('takes longer than the rest of the library'); };
    require('gemsbok');
    const { relative } = require('node:path');
    const files = Object.keys(require.cache).map((file) => relative(process.cwd(), file));
    console.log(JSON.stringify(files.filter((file) => file.startsWith('dist'))));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  t.strictSame(JSON.parse(stdout || '[]').sort(), ['dist/core.js', 'dist/index.js'], stderr);
  const core = readFileSync('dist/core.js', 'utf8');
  for (const name of ['hyparquet', 'NodeProto', 'ReduceMean']) t.notOk(core.includes(name), name);
});
