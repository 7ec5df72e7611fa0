import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import ts from 'typescript';
import { projectWithPackage } from './helpers/packed';
import { MODULE_SETTINGS, textOf } from './helpers/type_checker';

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  // Node runs them by leaving out their types.
  erasableSyntaxOnly: true,
  noEmit: true,
  esModuleInterop: true,
  target: ts.ScriptTarget.ES2022,
  types: ['node'],
};
const PAGES = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))].filter((path) =>
  path.endsWith('.md'),
);
const IMPORTS = /^import [^;]*;$/gm;

/** A CommonJS module has no `await` of its own: what follows the imports becomes a function. */
function asCommonJs(code: string): string {
  const imports = code.match(IMPORTS) ?? [];
  return `${imports.join('\n')}\nexport async function main() {\n${code.replaceAll(IMPORTS, '')}\n}\n`;
}

/** Each block of the pages as a module in a folder, by the path that it would have. */
function modulesOfPages(folder: string, isCommonJs: boolean): ReadonlyMap<string, string> {
  return new Map(
    PAGES.flatMap((page) => {
      const blocks = [...readFileSync(page, 'utf8').matchAll(/^```(?:ts|js)\n([\s\S]*?)^```$/gm)];
      return blocks.map(([, code = ''], i) => [
        join(folder, `${page.replace(/\W/g, '_')}_${i}.${isCommonJs ? 'cts' : 'mts'}`),
        isCommonJs ? asCommonJs(code) : `${code}\nexport {};\n`,
      ]);
    }),
  );
}

/** What is wrong with modules that are in memory alone. */
function errorsOf(modules: ReadonlyMap<string, string>, options: ts.CompilerOptions): string[] {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => modules.has(path) || fileExists(path);
  host.readFile = (path) => modules.get(path) ?? readFile(path);
  host.getSourceFile = (path, target) => {
    const text = modules.get(path);
    return text === undefined ? getSourceFile.call(host, path, target) : ts.createSourceFile(path, text, target);
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map((error) => `${error.file?.fileName}: ${textOf(error)}`);
}

t.test('the blocks of README and of the pages compile in strict TypeScript, as the package is published', async (t) => {
  const folder = projectWithPackage(t);
  for (const setting of MODULE_SETTINGS) {
    const isCommonJs = setting.module === ts.ModuleKind.CommonJS;
    const modules = modulesOfPages(folder, isCommonJs);
    t.ok(modules.size > 40, `${modules.size} blocks`);
    const options = { ...OPTIONS, ...setting, verbatimModuleSyntax: !isCommonJs, skipLibCheck: false };
    t.strictSame(errorsOf(modules, options), [], JSON.stringify(setting));
  }
});
