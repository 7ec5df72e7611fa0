import { GemsbokError } from './errors';

/** For each `import` of such a package: bundlers let only those be missing that are caught. */
export function rethrow(cause: unknown): never {
  throw cause;
}

/** Loads packages that users install only for what needs them; `packages` as npm takes them. */
export async function importOptional<M>(purpose: string, packages: string, load: () => Promise<M>): Promise<M> {
  try {
    return await load();
  } catch (cause) {
    const names = packages.split(' ');
    const expected = `the package${names.length > 1 ? 's' : ''} ${names.join(' and ')}`;
    const fix = `Run \`npm install ${packages}\`.`;
    const message = `Expected ${expected} for ${purpose}, which could not be loaded. ${fix}`;
    throw new GemsbokError('ERR_UNSUPPORTED', message, { cause });
  }
}
