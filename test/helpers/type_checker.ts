import { join } from 'node:path';
import ts from 'typescript';

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  types: ['node'],
  skipLibCheck: true,
};

/** How programs are compiled: for Node, for a bundler, and as TypeScript 5 does without being told. */
export const MODULE_SETTINGS: readonly ts.CompilerOptions[] = [
  { module: ts.ModuleKind.NodeNext },
  { module: ts.ModuleKind.Node16 },
  { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10, target: ts.ScriptTarget.ES2020 },
];

/** What TypeScript and an editor say of programs that find the library from a folder. */
export interface TypeChecker {
  /** Each as the line that it is in, and what is wrong with it. */
  errorsOf(lines: readonly string[]): string[];
  /** What an editor offers where `|` stands in a program. */
  completionsAt(program: string): string[];
  /** The program, and its own file in it. */
  programOf(lines: readonly string[]): { readonly program: ts.Program; readonly source: ts.SourceFile };
}

/** The line that is wrong, and what is wrong with it. */
export function textOf({ file, start = 0, messageText }: ts.Diagnostic): string {
  const { line } = file?.getLineAndCharacterOfPosition(start) ?? { line: -1 };
  return `${file?.text.split('\n')[line]}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}

/** `isThere`: which files exist, of those that do. */
export function openTypeChecker(
  folder: string,
  options: ts.CompilerOptions = {},
  isThere: (path: string) => boolean = () => true,
): TypeChecker {
  const path = join(folder, 'a_program.ts');
  let text = '';
  let version = 0;
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({ ...OPTIONS, ...options }),
    getScriptFileNames: () => [path],
    getScriptVersion: (name) => (name === path ? `${version}` : '0'),
    getScriptSnapshot: (name) => {
      const found = name === path ? text : ts.sys.readFile(name);
      return found === undefined ? undefined : ts.ScriptSnapshot.fromString(found);
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === path || (isThere(name) && ts.sys.fileExists(name)),
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  const open = (program: string): void => {
    text = program;
    version++;
  };
  return {
    errorsOf: (lines) => {
      open(lines.join('\n'));
      return [...service.getSyntacticDiagnostics(path), ...service.getSemanticDiagnostics(path)].map(textOf);
    },
    programOf: (lines) => {
      open(lines.join('\n'));
      const program = service.getProgram() as ts.Program;
      return { program, source: program.getSourceFile(path) as ts.SourceFile };
    },
    completionsAt: (program) => {
      open(program.replace('|', ''));
      const { entries = [] } = service.getCompletionsAtPosition(path, program.indexOf('|'), {}) ?? {};
      return entries.map(({ name }) => name);
    },
  };
}
