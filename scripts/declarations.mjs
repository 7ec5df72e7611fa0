// Compiles the types of lib/ to dist/ without the machinery. A member of a class or an interface that is `@internal` is left out, and so
// is what overrides it in a subclass: TypeScript's stripInternal would want the tag on each of these again.
import { join } from 'node:path';
import ts from 'typescript';

/** A member of a class that a subclass can override, unlike constructors and the mark of private fields. */
const isNamed = ({ parent, name }) => name !== undefined && parent !== undefined && ts.isClassDeclaration(parent);

/** The members that are left out of the declarations of a program. */
function internalMembers(checker) {
  function baseMembers({ parent, name }) {
    const own = checker.getSymbolAtLocation(name)?.escapedName;
    const bases = checker.getBaseTypes(checker.getTypeAtLocation(parent));
    const inherited = bases.flatMap((base) => checker.getPropertiesOfType(base));
    return inherited.filter(({ escapedName }) => escapedName === own).flatMap(({ declarations = [] }) => declarations);
  }

  return function isInternal(member) {
    if (ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal')) return true;
    return isNamed(member) && baseMembers(member).some(isInternal);
  };
}

function withMembers(factory, node, members) {
  const { modifiers, name, typeParameters, heritageClauses } = node;
  return factory.updateInterfaceDeclaration(node, modifiers, name, typeParameters, heritageClauses, members);
}

/** For each declaration file, the same file without internal members. */
function stripper(program) {
  const isInternal = internalMembers(program.getTypeChecker());
  return (context) => {
    const isKept = (member) => !isInternal(ts.getOriginalNode(member));
    const visit = (node) => {
      if (ts.isInterfaceDeclaration(node)) return withMembers(context.factory, node, node.members.filter(isKept));
      if (!ts.isClassDeclaration(node)) return ts.visitEachChild(node, visit, context);
      const { modifiers, name, typeParameters, heritageClauses, members } = node;
      const kept = members.filter(isKept);
      return context.factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, kept);
    };
    return (file) => ts.visitEachChild(file, visit, context);
  };
}

/** Checks the types of the library and writes its declarations; false, with the errors on the console, where they are wrong. */
export function writeDeclarations(root) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(fileNames, options);
  const { diagnostics } = program.emit(undefined, undefined, undefined, true, {
    afterDeclarations: [stripper(program)],
  });
  const errors = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  const host = { getCanonicalFileName: (path) => path, getCurrentDirectory: () => root, getNewLine: () => '\n' };
  if (errors.length > 0) console.error(ts.formatDiagnosticsWithColorAndContext(errors, host));
  return errors.length === 0;
}
