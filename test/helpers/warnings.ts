type Warning = Error & { readonly code?: string };

/** The codes of the warnings of some work. */
export async function warned(work: () => unknown): Promise<string[]> {
  return (await warningsIn(work)).map(({ code }) => code ?? '');
}

/** The warnings of some work, of one code. */
export async function warningsOf(code: string, work: () => unknown): Promise<string[]> {
  return (await warningsIn(work)).filter((warning) => warning.code === code).map(({ message }) => message);
}

async function warningsIn(work: () => unknown): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const listen = (warning: Warning): void => void warnings.push(warning);
  process.on('warning', listen);
  await work();
  await new Promise(setImmediate);
  process.off('warning', listen);
  return warnings;
}
