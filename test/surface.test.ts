import { join } from 'node:path';
import * as gemsbok from 'gemsbok';
import t from 'tap';
import ts from 'typescript';

/** Classes that users make instances of or get them. */
const CLASSES = Object.entries(gemsbok).flatMap(([name, value]) => {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value)) ? [name] : [];
});

/** The errors of a program over the library's types. */
function errorsOf(lines: readonly string[]): string[] {
  const path = join(__dirname, 'a_program.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.getSourceFile = (name, version) =>
    name === path ? ts.createSourceFile(name, lines.join('\n'), version) : getSourceFile(name, version);
  const program = ts.createProgram([path], options, host);
  return ts.getPreEmitDiagnostics(program).map((found) => {
    const line = found.file?.getLineAndCharacterOfPosition(found.start ?? 0).line ?? -1;
    return `${lines[line]}: ${ts.flattenDiagnosticMessageText(found.messageText, ' ')}`;
  });
}

t.test('no property that a class does not have can be set in TypeScript', async (t) => {
  t.ok(CLASSES.length > 150);
  const uses = CLASSES.map((name) => `(null as unknown as InstanceType<typeof g.${name}>).trainabel = false;`);
  const errors = errorsOf(["import type * as g from 'gemsbok';", ...uses]);
  const silent = uses.filter(
    (use) => !errors.some((error) => error.startsWith(`${use}: Property 'trainabel' does not exist`)),
  );
  t.strictSame(silent, []);
  const known = errorsOf([
    "import { Sequential, Dense } from 'gemsbok';",
    'new Sequential().trainable = false;',
    'new Dense({ units: 1 }).trainable = false;',
  ]);
  t.strictSame(known, []);
});
