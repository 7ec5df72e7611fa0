import { GemsbokError } from './errors';

/** For each `import` of such a package: bundlers let only those be missing that are caught. */
export function rethrow(cause: unknown): never {
  throw cause;
}

/** Loads packages that users install only for what needs them. */
export async function importOptional<M>(purpose: string, packages: string, load: () => Promise<M>): Promise<M> {
  try {
    return await load();
  } catch (cause) {
    const fix = `Run \`npm install ${packages}\`.`;
    throw new GemsbokError('ERR_UNSUPPORTED', `Expected the package ${packages} for ${purpose}, found none. ${fix}`, {
      cause,
    });
  }
}
