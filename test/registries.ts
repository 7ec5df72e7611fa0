import { createRequire } from 'node:module';
import { join } from 'node:path';

type Registry = Readonly<Record<string, readonly string[]>>;

interface Addon {
  readonly registries: Readonly<Record<string, Registry>>;
  lossEvaluate(call: object): { readonly values: Float32Array | null };
}

/** The addon itself, for what users cannot reach. */
export function loadAddon(): Addon {
  const load = createRequire(join(process.cwd(), 'package.json'))('node-gyp-build') as (folder: string) => Addon;
  return load(process.cwd());
}

/** A table of the addon: the names of its entries and of their parameters. */
export function nativeRegistry(kind: string): Registry {
  return loadAddon().registries[kind] ?? {};
}

/** The sorted names of the entries of a kind. */
export function nativeNames(kind: string): string[] {
  return Object.keys(nativeRegistry(kind)).sort();
}
