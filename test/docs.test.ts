import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as plots from 'gemsbok/plots';
import t from 'tap';
import ts from 'typescript';
import { runExample } from './examples';

const PAGES = [
  'README.md',
  'CHANGELOG.md',
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
      t.strictSame(await runExample(code, path.includes('/plots/') ? drawing : {}), [], `${path}: ${firstLine(code)}`);
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

t.test('the code of the pages runs', async (t) => {
  mkdirSync('build/docs', { recursive: true });
  for (const page of PAGES) {
    const blocks = readFileSync(page, 'utf8').matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm);
    let count = 0;
    for (const [, language, code = ''] of blocks) {
      const file = `${page.replaceAll(/\W/g, '_')}_${count++}.mjs`;
      const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
      writeFileSync(join('build/docs', file), language === 'ts' ? ts.transpile(code, options) : code);
      const { status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', cwd: 'build/docs' });
      t.equal(status, 0, `${page}: ${firstLine(code)} ${stderr}`);
    }
  }
});

t.test('the pages name what exists', async (t) => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  for (const page of PAGES) {
    const text = readFileSync(page, 'utf8');
    for (const [, script = ''] of text.matchAll(/npm run ([\w:-]+)/g))
      t.ok(script in scripts, `${page}: npm run ${script}`);
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      t.ok(existsSync(join(dirname(page), link)), `${page} -> ${link}`);
    }
  }
});

function firstLine(code: string): string {
  return code.split('\n')[0] ?? '';
}
