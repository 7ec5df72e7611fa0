import { createRequire } from 'node:module';
import { join } from 'node:path';

type Registry = Readonly<Record<string, readonly string[]>>;

/** The tables of the addon: for each kind, the names of its entries and of their parameters. */
export function nativeRegistry(kind: string): Registry {
  const load = createRequire(join(process.cwd(), 'package.json'))('node-gyp-build') as (folder: string) => unknown;
  const { registries } = load(process.cwd()) as { registries: Readonly<Record<string, Registry>> };
  return registries[kind] ?? {};
}

/** The sorted names of the entries of a kind. */
export function nativeNames(kind: string): string[] {
  return Object.keys(nativeRegistry(kind)).sort();
}
