import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';

// Who may know whom: only downwards, along these ladders. A file or folder stands below those after it.
const CORE = [
  ['error', 'span', 'buffer', 'cgroup', 'communicator', 'rng', 'registry', 'simd-inl'],
  ['small_gemm', 'few_columns-inl', 'grouped_products-inl', 'math-inl'],
  ['blas', 'parallel'],
  ['simd', 'scheduler', 'weight_segment'],
  ['losses', 'activations', 'initializers', 'regularizers', 'constraints', 'dataset', 'values'],
  ['optimizers', 'metrics'],
  ['layers'],
  ['graph'],
  ['model'],
  ['indices', 'shared_models'],
  ['workspace', 'prepared'],
  ['batch'],
  ['passes', 'handed_over'],
  ['evaluation'],
  ['stepwise_prediction'],
  ['trainer', 'split_step'],
];
const LIB = [
  [
    'errors',
    'limits',
    'check',
    'names',
    'nesting',
    'optional',
    'records',
    'shape_types',
    'shaped_array',
    'signals',
    'tracing',
    'serializable',
    'subclasses',
    'cloning',
    'console_text',
  ],
  ['native_kernels', 'native_jobs', 'native_processes', 'simd'],
  ['native_model'],
  ['native', 'epsilon', 'random', 'session'],
  ['shape_types', 'tensor_text', 'nested'],
  ['tensor', 'identifiers', 'info'],
  ['axes', 'broadcast', 'differences', 'returned', 'utils'],
  ['samples', 'protocols', 'distributed'],
  ['distribution'],
  [
    'activations',
    'initializers',
    'regularizers',
    'constraints',
    'losses',
    'data',
    'datasets',
    'schedules',
    'files',
    'pictures',
    'saving',
  ],
  ['optimizers', 'model_options'],
  ['metrics'],
  ['layers', 'callbacks'],
  ['models'],
  ['plots', 'serving'],
  ['cli'],
  ['index'],
];
/** Of the rooms of a folder: each knows those before it. */
const ROOMS: Readonly<Record<string, readonly string[][]>> = {
  'lib/layers': [
    ['batch_shape', 'layer_options', 'native_ops', 'variable'],
    ['add_weight'],
    ['sample_axes', 'masks'],
    ['composition', 'custom_layer', 'symbolic'],
    ['weighted_layer'],
    ['layer'],
    ['shape_layer'],
    ['activations', 'core', 'merging', 'normalization', 'preprocessing', 'regularization', 'reshaping'],
    ['classes'],
    ['registry'],
    ['index'],
  ],
  'lib/models': [
    ['model_classes', 'verb_options', 'graph'],
    ['advice'],
    ['compile'],
    ['data', 'files'],
    ['run'],
    ['layered_model', 'shared_model'],
    ['base_model'],
    ['model', 'sequential'],
    ['average_weights', 'clone_model', 'load_model', 'probes', 'to_function'],
    ['check_gradient'],
    ['index'],
  ],
};
const MOST_LINES = 350;

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path) : [path];
  });
}

/** The step of a ladder on which a file below `folder` stands. */
function stepOf(ladder: readonly string[][], folder: string, path: string): number {
  const [part = ''] = relative(folder, path).split('/');
  const name = part.replace(/\.(h|cpp|mts|ts)$/, '');
  const step = ladder.findIndex((names) => names.includes(name));
  if (step === -1) throw new Error(`${path} stands on no step: give it a place in the ladder`);
  return step;
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** The files of a ladder that know one above them. */
function upward(ladder: readonly string[][], folder: string, imports: (path: string) => string[]): string[] {
  return filesOf(folder).flatMap((path) =>
    imports(path)
      .filter((other) => stepOf(ladder, folder, other) > stepOf(ladder, folder, path))
      .map((other) => `${path} -> ${other}`),
  );
}

/** The files that know each other round about, as far as types go too. */
function circles(paths: readonly string[], imports: (path: string) => string[]): string[] {
  const known = new Set(paths);
  const fileOf = (name: string): string | undefined =>
    [`${name}.ts`, `${name}/index.ts`].find((path) => known.has(path));
  const open: string[] = [];
  const done = new Set<string>();
  const visit = (path: string): string[] => {
    if (done.has(path)) return [];
    if (open.includes(path)) return [[...open.slice(open.indexOf(path)), path].join(' -> ')];
    open.push(path);
    const found = imports(path).flatMap((name) => {
      const file = fileOf(name);
      return file === undefined ? [] : visit(file);
    });
    open.pop();
    done.add(path);
    return found;
  };
  return paths.flatMap(visit);
}

const includes = (path: string): string[] => matches(readFileSync(path, 'utf8'), /^#include "([^"]+)"/gm);

t.test('core', async (t) => {
  const core = 'native/core';
  const resolved = (path: string): string[] =>
    includes(path)
      .filter((name) => !name.startsWith('hwy/'))
      .map((name) => (name.startsWith('.') || !name.includes('/') ? join(dirname(path), name) : join(core, name)));
  t.strictSame(upward(CORE, core, resolved), [], 'files know only what stands below them');
  for (const path of filesOf(core)) {
    const text = readFileSync(path, 'utf8');
    t.notMatch(text, /napi|node_api|v8\.h|uv\.h/, `${path} knows nothing of Node`);
    t.notMatch(text, /std::cout|std::cerr|printf\(/, `${path} does not print`);
    if (path !== join(core, 'blas.cpp')) t.notMatch(text, /cblas/, `${path} leaves BLAS to blas.cpp`);
  }
});

t.test('binding', async (t) => {
  const own = filesOf('native/binding');
  for (const path of own) {
    t.notMatch(readFileSync(path, 'utf8'), /uv\.h|v8\.h|cblas|hwy\//, `${path} uses Node-API and the core only`);
  }
  const names = own.map((path) => relative('native/binding', path));
  for (const path of [...filesOf('native/core'), ...filesOf('native/test')]) {
    t.notOk(
      includes(path).some((name) => names.includes(name)),
      `${path} knows nothing of the binding`,
    );
  }
});

t.test('lib', async (t) => {
  const lib = 'lib';
  const imports = (path: string): string[] =>
    matches(readFileSync(path, 'utf8'), /^(?!\/\/)(?!import type)[^'"\n]*(?:from |import\()'(\.[^']+)'/gm).map((name) =>
      join(dirname(path), name.replace(/\.js$/, '')),
    );
  t.strictSame(upward(LIB, lib, imports), [], 'files know only what stands below them');
  const withTypes = (path: string): string[] =>
    matches(readFileSync(path, 'utf8'), /^(?:import|export)[^'";]*from '(\.[^']+)'/gm).map((name) =>
      join(dirname(path), name),
    );
  t.strictSame(circles(filesOf(lib), withTypes), [], 'no file knows itself round about');
  for (const [room, ladder] of Object.entries(ROOMS)) {
    const own = (path: string): string[] => withTypes(path).filter((name) => name.startsWith(`${room}/`));
    t.strictSame(upward(ladder, room, own), [], `${room}: rooms know only what stands below them`);
  }
  for (const path of filesOf(lib)) {
    if (path === 'lib/native.ts') continue;
    t.notMatch(readFileSync(path, 'utf8'), /node-gyp-build|\.node'/, `${path} leaves the addon to native.ts`);
  }
});

t.test('tests, examples and benchmarks use what users use', async (t) => {
  const own = ['test', 'examples', 'bench'].flatMap(filesOf).filter((path) => /\.(ts|mjs)$/.test(path));
  for (const path of own) t.notMatch(readFileSync(path, 'utf8'), /from '(\.\.\/)+(lib|dist)/, path);
});

t.test('test/ holds tests and their cases; what these share lies in folders', async (t) => {
  const files = readdirSync('test', { withFileTypes: true }).filter((entry) => entry.isFile());
  const others = files.filter(({ name }) => !/\.(test\.ts|cases\.(ts|mjs))$/.test(name));
  t.strictSame(
    others.map(({ name }) => name),
    ['tsconfig.json'],
  );
});

t.test('files stay short', async (t) => {
  const sources = ['native', 'lib', 'test', 'bench', 'examples', 'scripts'].flatMap(filesOf);
  for (const path of sources.filter((name) => /\.(h|cpp|ts|mjs)$/.test(name))) {
    const lines = readFileSync(path, 'utf8').split('\n').length;
    t.ok(lines <= MOST_LINES, `${path}: ${lines} lines`);
  }
});
