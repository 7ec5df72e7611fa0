import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

/** What the soak says that grows. */
function grown(leak: string): { readonly status: number | null; readonly names: readonly string[] } {
  const works = pathToFileURL(resolve('test/fixtures/planted_leaks.mjs')).href;
  const program = resolve('test/soak/run.mjs');
  const env = { ...process.env, PLANTED_LEAK: leak };
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--expose-gc', program, '--minutes', '0.01', '--works', works],
    { encoding: 'utf8', env },
  );
  return { status, names: [...stdout.matchAll(/^GROWS (\w+)/gm)].map(([, name = '']) => name) };
}

t.test('the soak sees what grows', async (t) => {
  t.strictSame(grown('none'), { status: 0, names: [] });
  for (const leak of ['heap', 'external', 'descriptors', 'threads', 'handles']) {
    const { status, names } = grown(leak);
    t.equal(status, 1, leak);
    t.ok(names.includes(leak), `${leak}: ${names}`);
  }
});
