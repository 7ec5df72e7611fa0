import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from 'gemsbok';
import t from 'tap';

/** Codes of Node that the library looks at, and never gives. */
const NODES = ['ERR_DLOPEN_DISABLED', 'ERR_WORKER_OUT_OF_MEMORY'];

/** All codes that the files of a folder name. */
function codesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(ts|h|cpp)$/.test(name));
  return files.flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/\bERR_[A-Z_]+\b/g) ?? []);
}

t.test('one list of codes', async (t) => {
  const listed = new Set<string>(ERROR_CODES);
  t.equal(listed.size, ERROR_CODES.length, 'each once');
  for (const folder of ['lib', 'native']) {
    t.strictSame(
      codesIn(folder).filter((code) => !listed.has(code) && !NODES.includes(code)),
      [],
      folder,
    );
  }
  const rows = readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `(ERR_\w+)` \| [^|]{10,} \| [^|]{10,} \|$/gm);
  t.strictSame(
    Array.from(rows, ([, code]) => code),
    [...ERROR_CODES],
    'docs/errors.md says when each comes, and what to do',
  );
});
