/** Figures of Keras' own runs: see test/fixtures/golden/README.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Args = Readonly<Record<string, unknown>>;

/** What every golden case may have. */
export interface GoldenCase {
  readonly name: string;
  readonly tolerance?: number;
  readonly grad_tolerance?: number;
  readonly expect_error?: boolean;
  /** Informative only. */
  readonly edge?: boolean;
  readonly python_only?: boolean;
}

export function readFixture<Content>(name: string): Content {
  return JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures', `${name}.json`), 'utf8')) as Content;
}

/** The cases of a file that are not of Python alone. */
export function goldenCases<T extends object>(file: string): readonly T[] {
  return readFixture<{ readonly cases: readonly (T & Pick<GoldenCase, 'python_only'>)[] }>(
    `golden/${file}`,
  ).cases.filter((one) => one.python_only !== true);
}

/** Keras' arguments as an options object: `from_logits` becomes `fromLogits`. */
export function toOptions(args: Args = {}): Record<string, unknown> {
  const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [camel(name), value]));
}
