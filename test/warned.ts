/** The warnings of some work, of one code. */
export async function warningsOf(code: string, work: () => unknown): Promise<string[]> {
  const messages: string[] = [];
  const listen = (warning: Error & { code?: string }): void => {
    if (warning.code === code) messages.push(warning.message);
  };
  process.on('warning', listen);
  await work();
  await new Promise(setImmediate);
  process.off('warning', listen);
  return messages;
}
