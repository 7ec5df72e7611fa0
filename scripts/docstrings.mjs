// What the sources say of the public members of a family: docstrings, and the options of each.
import { join } from 'node:path';
import ts from 'typescript';

const SECTIONS = ['Formula', 'Shapes', 'Units', 'Defaults', 'Errors', 'Source'];
const SECTION = new RegExp(`(?:^|\\s)(${SECTIONS.join('|')}):\\s+`);

/** One reading of all the sources, which the families share. */
export function openSources(root) {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config;
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(fileNames, options);
  return { root, program, checker: program.getTypeChecker() };
}

/** The exported names of a module with what their docstrings say; names of one thing are read once. */
export function readFamily({ root, program, checker }, family, names) {
  const source = program.getSourceFile(join(root, 'lib', family, 'index.ts'));
  const exported = new Map(
    checker.getExportsOfModule(checker.getSymbolAtLocation(source)).map((symbol) => [symbol.getName(), symbol]),
  );
  const read = new Map();
  for (const name of names) {
    const symbol = resolved(checker, exported.get(name));
    if (!read.has(symbol)) read.set(symbol, { name, aliases: [], ...entryOf(checker, symbol, `${family}.${name}`) });
    else read.get(symbol).aliases.push(name);
  }
  return [...read.values()];
}

function resolved(checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function entryOf(checker, symbol, owner) {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
  if (text === '') throw new Error(`Expected a docstring for ${owner}.`);
  const example = symbol.getJsDocTags(checker).find(({ name }) => name === 'example');
  return { ...partsOf(text), example: ts.displayPartsToString(example?.text), options: optionsOf(checker, symbol) };
}

/** The summary, and what stands under `Formula:` and the like. */
function partsOf(text) {
  const [before = '', ...labelled] = text.split(SECTION);
  const [summary = '', ...rest] = before.split(/\n\n+/).map(oneLine);
  const sections = new Map();
  for (let i = 0; i < labelled.length; i += 2) sections.set(labelled[i], oneLine(labelled[i + 1]));
  return { summary, note: rest.filter((text) => text !== '').join('\n\n'), sections };
}

/** In one line, links to other names as these names. */
function oneLine(text) {
  return text
    .replaceAll(/\{@link (\w+)\s*\}/g, '`$1`')
    .trim()
    .replaceAll(/\s+/g, ' ');
}

/** The options object of a class, or of a function that has one after its argument. */
function optionsOf(checker, symbol) {
  const type = checker.getTypeOfSymbol(symbol);
  const [signature] = [...type.getConstructSignatures(), ...type.getCallSignatures()];
  const parameter = signature?.getParameters().at(-1);
  if (parameter?.getName() !== 'options') return [];
  const options = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
  return checker.getPropertiesOfType(options).map((property) => ({
    name: property.getName(),
    required: !(property.flags & ts.SymbolFlags.Optional),
    text: oneLine(ts.displayPartsToString(property.getDocumentationComment(checker))),
  }));
}
