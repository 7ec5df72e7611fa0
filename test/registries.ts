import { createRequire } from 'node:module';
import { join } from 'node:path';

type Registries = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** The tables of the addon: for each kind, the names of its entries and of their parameters. */
export function nativeNames(kind: string): string[] {
  const load = createRequire(join(process.cwd(), 'package.json'))('node-gyp-build') as (folder: string) => unknown;
  const { registries } = load(process.cwd()) as { registries: Registries };
  return Object.keys(registries[kind] ?? {}).sort();
}
