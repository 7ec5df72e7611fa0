import { checkOptions } from '../check';
import { invalidArgument } from '../errors';
import type { Target } from './variables';

export interface ExcludeOptions {
  /** What `apply` gets as variables, or the variables of layers. Default: none */
  readonly varList?: readonly object[] | null | undefined;
  /** Regular expressions: a variable is meant where one matches a part of its name. Default: none */
  readonly varNames?: readonly (string | RegExp)[] | null | undefined;
}

/** Variables that are meant by themselves or by their names. */
export class Exclusion {
  readonly #variables: ReadonlySet<object>;
  readonly #names: readonly RegExp[];

  constructor(options: ExcludeOptions = {}) {
    checkOptions(options, ['varList', 'varNames'], 'excludeFromWeightDecay');
    this.#variables = new Set(checkObjects(options.varList ?? []));
    this.#names = checkPatterns(options.varNames ?? [], 'varNames');
  }

  has({ name, keys }: Pick<Target, 'name' | 'keys'>): boolean {
    return keys.some((key) => this.#variables.has(key)) || matchesOne(this.#names, name);
  }
}

/** Regular expressions, or their sources. */
export function checkPatterns(patterns: unknown, argument: string): readonly RegExp[] {
  if (!Array.isArray(patterns)) throw invalidArgument(argument, 'an array of regular expressions', patterns);
  return Array.from(patterns, (pattern: unknown, i) => {
    try {
      if (typeof pattern === 'string' || pattern instanceof RegExp) return new RegExp(pattern);
    } catch {
      // Its source is wrong: as below.
    }
    throw invalidArgument(`${argument}[${i}]`, 'a regular expression or its source', pattern);
  });
}

/** Unlike `test`, leaves the position of a global expression alone. */
export function matchesOne(patterns: readonly RegExp[], name: string): boolean {
  return patterns.some((pattern) => name.search(pattern) !== -1);
}

function checkObjects(variables: unknown): readonly object[] {
  if (!Array.isArray(variables)) throw invalidArgument('varList', 'an array of variables', variables);
  return Array.from(variables, (variable: unknown, i) => {
    if (typeof variable === 'object' && variable !== null) return variable;
    throw invalidArgument(`varList[${i}]`, 'a variable', variable);
  });
}
