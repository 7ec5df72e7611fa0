// Packages of another suite of Debian, by sources that are derived from the machine's own.
import { existsSync, readFileSync } from 'node:fs';

const SOURCES = '/etc/apt/sources.list.d/debian.sources';

export const isDebian = existsSync(SOURCES);

/** What a file of apt's sources says of that suite. */
export function sourcesOf(suite) {
  const stanzas = readFileSync(SOURCES, 'utf8')
    .split('\n\n')
    .filter((stanza) => !stanza.includes('security'));
  return stanzas
    .join('\n\n')
    .replace(/^Types:.*$/gm, 'Types: deb deb-src')
    .replace(/^Suites:.*$/gm, `Suites: ${suite}`);
}
