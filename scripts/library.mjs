#!/usr/bin/env node
// Compiles lib/ to dist/: declarations by TypeScript, which checks types too, and few files of JavaScript without
// comments, as a hundred modules would take longer to load than all that they do.
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { rollup } from 'rollup';
import { writeDeclarations } from './declarations.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lib = join(root, 'lib');
const dist = join(root, 'dist');
const {
  exports: entries,
  bin,
  dependencies,
  peerDependencies,
} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const packages = Object.keys({ ...dependencies, ...peerDependencies });

/** `plots/index` for each entry point `./dist/plots/index.js`. */
const names = [
  ...Object.values(entries).map((entry) => entry.require?.default ?? entry.default),
  ...Object.values(bin).map((path) => `./${path}`),
]
  .filter((file) => file?.startsWith('./dist/'))
  .map((file) => file.slice('./dist/'.length, -'.js'.length));

async function compile(source, options) {
  const { code } = await transform(source, { target: 'node20', ...options });
  return { code, map: null };
}

const CLASS = /^(?:export )?(?:abstract )?class (\w+)[^{]*\{/gm;

/** Classes that several modules declare, such as a loss and a metric. */
function repeatedClasses() {
  const files = readdirSync(lib, { recursive: true }).filter((file) => file.endsWith('.ts'));
  const all = files.flatMap((file) =>
    [...readFileSync(join(lib, file), 'utf8').matchAll(CLASS)].map(([, name]) => name),
  );
  return new Set(all.filter((name, i) => all.indexOf(name) !== i));
}

const repeated = repeatedClasses();

/** In one file they get different names, while errors and configs state `constructor.name`. */
function keepName(declaration, name) {
  if (!repeated.has(name)) return declaration;
  return `${declaration} static { Object.defineProperty(this, 'name', { value: '${name}', configurable: true }); }`;
}

const typescript = {
  name: 'typescript',
  resolveId(id, importer) {
    if (importer === undefined || !id.startsWith('.')) return null;
    // TypeScript wants the ending in `import()`.
    const path = join(dirname(importer), id.replace(/\.js$/, ''));
    return [`${path}.ts`, join(path, 'index.ts')].find((file) => existsSync(file)) ?? null;
  },
  transform: (source) => compile(source.replace(CLASS, keepName), { loader: 'ts' }),
  renderChunk: (code) => compile(code, { minifyWhitespace: true, minifyIdentifiers: true, lineLimit: 120 }),
};

rmSync(dist, { recursive: true, force: true });
if (!writeDeclarations(root)) process.exit(1);
const isExternal = (id) => id.startsWith('node:') || packages.some((name) => id === name || id.startsWith(`${name}/`));
const onwarn = (warning) => {
  throw new Error(warning.message);
};
const bundle = await rollup({
  input: Object.fromEntries(names.map((name) => [name, join(lib, `${name}.ts`)])),
  external: isExternal,
  plugins: [typescript],
  onwarn,
});
// The entry points only name what core.js holds, as Node searches what an `import` reads for names, line by line.
const isOwn = (file) => names.some((name) => name !== 'index' && file.startsWith(join(lib, dirname(name), '/')));
// Two entry points have it.
const isServing = (file) => dirname(file) === join(lib, 'serving') && file !== join(lib, 'serving/index.ts');
const atOnce = new Set();

/** What importing the package loads. What else entry points share, and what stands behind `import()`, are files of their own. */
function loadedAtOnce(getModuleInfo) {
  const open = atOnce.size > 0 ? [] : [join(lib, 'index.ts')];
  for (const file of open) {
    if (atOnce.has(file)) continue;
    atOnce.add(file);
    open.push(...(getModuleInfo(file)?.importedIds ?? []));
  }
  return atOnce;
}

function chunkOf(file, { getModuleInfo }) {
  if (isServing(file)) return 'serving/server';
  const isCore = file.startsWith(lib) && file !== join(lib, 'index.ts') && !isOwn(file);
  return isCore && loadedAtOnce(getModuleInfo).has(file) ? 'core' : null;
}
await bundle.write({
  dir: dist,
  format: 'cjs',
  exports: 'named',
  esModule: true,
  chunkFileNames: ({ name }) => (['core', 'serving/server'].includes(name) ? '[name].js' : 'later/[name].js'),
  manualChunks: chunkOf,
});
await bundle.close();
// Runs by itself in a thread, which should not load all of the library.
const worker = await rollup({
  input: join(lib, 'files/worker.ts'),
  external: isExternal,
  plugins: [typescript],
  onwarn,
});
await worker.write({ file: join(dist, 'gemsbok_files.js'), format: 'cjs', inlineDynamicImports: true });
await worker.close();
copyFileSync(join(lib, 'index.mts'), join(dist, 'index.mjs'));
