import { isDeepStrictEqual } from 'node:util';
import * as gemsbok from 'gemsbok';
import ts from 'typescript';
import { classifier, QUIET, x, y } from '../models.cases';

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...values: unknown[]) => Promise<unknown>;

/** `expression; // value`, where the value is one that JSON knows. */
const STATED = /^([^/\s].*?);\s*\/\/ (.+)$/;
const STATEMENT = /^(const|let|var|import|class|function|for|if|return|throw|await \w+\.(fit|save)|\})/;

/**
 * Runs an example of the documentation, in which everything of the library is in scope, and a compiled classifier `model`
 * with its data `x` and `y`. Gives the values that differ from those that it states.
 */
export async function runExample(code: string, extra: Readonly<Record<string, unknown>> = {}): Promise<string[]> {
  const wrong: string[] = [];
  const state = (actual: unknown, stated: string): void => {
    if (!agrees(plain(actual), JSON.parse(stated))) wrong.push(`${JSON.stringify(plain(actual))} is not ${stated}`);
  };
  const model = classifier();
  await model.fit(x, y, QUIET);
  const scope: Record<string, unknown> = { model, x, y, ...gemsbok, ...extra, __state: state };
  const own = new Set([...code.matchAll(/^(?:const|let|class) (?:\{([^}]*)\}|(\w+))/gm)].flatMap(declared));
  const names = Object.keys(scope).filter((name) => !own.has(name));
  const body = ts.transpile(instrumented(code), { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext });
  await new AsyncFunction(...names, body)(...names.map((name) => scope[name]));
  return wrong;
}

function declared([, many, one]: RegExpMatchArray): string[] {
  return one === undefined ? (many ?? '').split(',').map((name) => name.trim()) : [one];
}

function instrumented(code: string): string {
  const lines = code.split('\n').filter((line) => !line.startsWith('import '));
  return lines
    .map((line) => {
      const [, expression, stated] = STATED.exec(line) ?? [];
      if (expression === undefined || stated === undefined || STATEMENT.test(line) || !isJson(stated)) return line;
      return `__state(await (${expression}), ${JSON.stringify(stated)});`;
    })
    .join('\n');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function plain(value: unknown): unknown {
  if (value instanceof gemsbok.Tensor) return value.toArray();
  return ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
}

/** Numbers agree in the digits that are stated. */
function agrees(actual: unknown, stated: unknown): boolean {
  if (Array.isArray(stated)) {
    return Array.isArray(actual) && actual.length === stated.length && stated.every((one, i) => agrees(actual[i], one));
  }
  if (typeof stated !== 'number' || typeof actual !== 'number') return isDeepStrictEqual(actual, stated);
  const digits = /\.(\d+)/.exec(String(stated))?.[1]?.length ?? 0;
  return Math.abs(actual - stated) <= 0.5000001 * 10 ** -Math.max(digits, 4 - String(Math.trunc(stated)).length);
}
