import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import ts from 'typescript';
import { textOf } from './helpers/type_checker';

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  // Node runs them by leaving out their types.
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  types: ['node'],
  skipLibCheck: true,
};
const PAGES = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))].filter((path) =>
  path.endsWith('.md'),
);

/** Each block of the pages as a module in this folder, by the path that it would have. */
function modulesOfPages(): ReadonlyMap<string, string> {
  return new Map(
    PAGES.flatMap((page) => {
      const blocks = [...readFileSync(page, 'utf8').matchAll(/^```(?:ts|js)\n([\s\S]*?)^```$/gm)];
      return blocks.map(([, code = ''], i) => [
        resolve('build', `${page.replace(/\W/g, '_')}_${i}.mts`),
        `${code}\nexport {};\n`,
      ]);
    }),
  );
}

t.test('the blocks of README and of the pages compile in strict TypeScript', async (t) => {
  const modules = modulesOfPages();
  t.ok(modules.size > 40, `${modules.size} blocks`);
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => modules.has(resolve(path)) || fileExists(path);
  host.readFile = (path) => modules.get(resolve(path)) ?? readFile(path);
  host.getSourceFile = (path, options) => {
    const text = modules.get(resolve(path));
    return text === undefined ? getSourceFile.call(host, path, options) : ts.createSourceFile(path, text, options);
  };
  const program = ts.createProgram([...modules.keys()], OPTIONS, host);
  const errors = ts.getPreEmitDiagnostics(program).map((error) => `${error.file?.fileName}: ${textOf(error)}`);
  t.strictSame(errors, []);
});
