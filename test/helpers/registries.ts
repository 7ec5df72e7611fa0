import { createRequire } from 'node:module';
import { join } from 'node:path';

type Registry = Readonly<Record<string, readonly string[]>>;

interface Addon {
  readonly registries: Readonly<Record<string, Registry>>;
  lossEvaluate(call: object): { readonly values: Float32Array | null };
  optimizerApply(call: object): void;
  metricUpdate(call: object): void;
}

/** What native code takes something for: an entry of a table, with its parameters. */
export interface NativeSpec {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The addon itself, for what users cannot reach. */
export function loadAddon(): Addon {
  const load = createRequire(join(process.cwd(), 'package.json'))('node-gyp-build') as (folder: string) => Addon;
  return load(process.cwd());
}

/** What the first call of a function of the addon says of `what` while the library works. */
export function specIn(
  method: 'lossEvaluate' | 'optimizerApply' | 'metricUpdate',
  what: 'loss' | 'optimizer' | 'metric',
  work: () => void,
): NativeSpec {
  const addon = loadAddon() as unknown as Record<string, (call: Readonly<Record<string, NativeSpec>>) => unknown>;
  const original = addon[method];
  const specs: NativeSpec[] = [];
  addon[method] = (call) => {
    specs.push(call[what] as NativeSpec);
    return original?.(call);
  };
  try {
    work();
  } finally {
    addon[method] = original as (call: object) => unknown;
  }
  const [first] = specs;
  if (first === undefined) throw new Error(`${method} was not called`);
  return first;
}

/** A table of the addon: the names of its entries and of their parameters. */
export function nativeRegistry(kind: string): Registry {
  return loadAddon().registries[kind] ?? {};
}

/** The sorted names of the entries of a kind. */
export function nativeNames(kind: string): string[] {
  return Object.keys(nativeRegistry(kind)).sort();
}
