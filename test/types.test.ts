import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as gemsbok from 'gemsbok';
import t from 'tap';
import ts from 'typescript';
import { projectWithPackage } from './helpers/packed';
import { MODULE_SETTINGS, openTypeChecker, textOf } from './helpers/type_checker';
import { BEFORE, COMPLETED, GIVEN, RIGHT, WRONG } from './types.cases';

const project = projectWithPackage(t);
const checker = openTypeChecker(project);
/** Which lines are wrong. */
function refused(lines: readonly string[]): string[] {
  const errors = checker.errorsOf([...BEFORE, ...lines, 'export {};']);
  t.strictSame(
    errors.filter((error) => ![...lines].some((line) => error.startsWith(`${line}: `))),
    [],
    'all else is right',
  );
  return lines.filter((line) => errors.some((error) => error.startsWith(`${line}: `)));
}

t.test('right programs compile', async (t) => {
  t.strictSame(checker.errorsOf([...BEFORE, ...RIGHT, 'export {};']), []);
});

t.test('wrong programs do not', async (t) => {
  t.strictSame(refused(WRONG), WRONG);
  const [said] = checker.errorsOf([...BEFORE, "model.compile({ loss: 'mean_squared_eror' });"]);
  t.match(said, /Did you mean '"mean_squared_error"'\?/);
});

t.test('an editor completes names', async (t) => {
  for (const [program, names] of COMPLETED) {
    const offered = checker.completionsAt([...BEFORE, program].join('\n'));
    t.strictSame(
      names.filter((name) => !offered.includes(name)),
      [],
      program,
    );
  }
});

/** The namespaces alike: what is there, and the search by name. */
const library: Readonly<Record<keyof typeof GIVEN, { get(name: string): unknown }>> = gemsbok;

const snakeOf = (name: string): string =>
  name
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
const camelOf = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Every member of a family in each spelling, right, with two letters changed about, and with one too many. */
function spellings(family: keyof typeof GIVEN): string[] {
  const members = Object.keys(library[family]).filter(
    (name) => !/^(get|serialize|deserialize|[gG]radient|check.*)$/.test(name),
  );
  const right = members.flatMap((name) => [name, snakeOf(name), camelOf(snakeOf(name))]);
  const misspelt = members.map((name) => `${name.slice(0, -2)}${name.at(-1)}${name.at(-2)}`);
  return [...new Set([...right, ...misspelt, ...members.map((name) => `${snakeOf(name)}s`)])];
}

function isFound(family: keyof typeof GIVEN, name: string): boolean {
  try {
    return library[family].get(name) !== null;
  } catch {
    return false;
  }
}

t.test('types take exactly the names that a running program finds', async (t) => {
  for (const family of Object.keys(GIVEN) as (keyof typeof GIVEN)[]) {
    const names = spellings(family);
    const unknown = names.filter((name) => !isFound(family, name));
    t.ok(unknown.length > 3 && unknown.length < names.length - 3, family);
    t.strictSame(refused(names.map(GIVEN[family])), unknown.map(GIVEN[family]), family);
  }
});

t.test('every entry compiles, its declarations checked, where nothing else is installed', async (t) => {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'));
  const lines = entries.map((entry) => `export * as entry${entries.indexOf(entry)} from 'gemsbok${entry.slice(1)}';`);
  const clone = `${resolve('node_modules')}/`.replaceAll('\\', '/');
  const isThere = (path: string): boolean =>
    !path.startsWith(clone) || /^(@types\/node|undici-types|typescript)\//.test(path.slice(clone.length));
  for (const setting of MODULE_SETTINGS) {
    const alone = openTypeChecker(project, { ...setting, skipLibCheck: false }, isThere);
    const { program } = alone.programOf(lines);
    t.strictSame(ts.getPreEmitDiagnostics(program).map(textOf), [], JSON.stringify(setting));
    const later = program
      .getSourceFiles()
      .filter(({ fileName, text }) => fileName.includes('/gemsbok/dist/') && /Array<ArrayBuffer/.test(text));
    t.strictSame(
      later.map(({ fileName }) => fileName),
      [],
      'TypeScript before 5.7 can read them, too',
    );
  }
  const { program } = openTypeChecker(project, {}, isThere).programOf(["import 'vega';", "import {} from 'vega';"]);
  t.equal(ts.getPreEmitDiagnostics(program).length, 1, 'nothing else is there');
});

/** What programs may export without saying its type: each member of each class, and each function. */
function exported(): string[] {
  const isClass = (value: unknown): boolean => /^class\b/.test(Function.prototype.toString.call(value));
  const callable = Object.entries(gemsbok).filter(([, value]) => typeof value === 'function');
  const classes = callable.flatMap(([name, value]) => (isClass(value) ? [name] : []));
  const ones = classes.map((name) => `export declare const ${name}: InstanceType<typeof g.${name}>;`);
  const { program, source } = checker.programOf([...BEFORE, ...ones]);
  const types = program.getTypeChecker();
  const found = types.getExportsOfModule(types.getSymbolAtLocation(source) as ts.Symbol);
  const members = found.flatMap((one) =>
    types
      .getPropertiesOfType(types.getTypeOfSymbolAtLocation(one, source))
      .filter(({ name }) => /^[a-z]/.test(name))
      .map(({ name }) => `(one: InstanceType<typeof g.${one.name}>) => one.${name}`),
  );
  const functions = callable.flatMap(([name, value]) => (isClass(value) ? [] : [`[g.${name}]`]));
  return [...members, ...functions].map((value, i) => `export const a${i} = ${value};`);
}

t.test('declarations of what a program exports are written by names that the library exports', async (t) => {
  const lines = exported();
  t.ok(lines.length > 2000);
  const declaring = openTypeChecker(project, { declaration: true, noEmit: false });
  const { program, source } = declaring.programOf([...BEFORE, ...lines]);
  t.strictSame(program.getSemanticDiagnostics(source).map(textOf), []);
  t.strictSame(program.getDeclarationDiagnostics(source).map(textOf), []);
});
