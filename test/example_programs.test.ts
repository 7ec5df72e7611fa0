import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';

/** What a program of the examples prints; the pictures that it must draw. */
function run(t: Test, name: string, pictures: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { status, stdout, stderr } = spawnSync(process.execPath, [`examples/${name}.mjs`, '--folder', folder], {
    encoding: 'utf8',
  });
  t.equal(status, 0, stderr);
  for (const picture of pictures) t.match(readFileSync(join(folder, `${picture}.svg`), 'utf8'), /^<svg .*<\/svg>$/s);
  return stdout;
}

t.test('weights of classes find the rare iris, and training stops by itself', async (t) => {
  const printed = run(t, 'iris', ['iris-curves', 'iris-confusion']);
  const [plain = [], weighted = []] = ['plain', 'weighted'].map((name) => {
    const line = new RegExp(`^${name} +(\\d+) % +(\\d+) % +(\\d+) % +in (\\d+) epochs$`, 'm').exec(printed);
    return line?.slice(1).map(Number) ?? [];
  });
  t.ok(Number(weighted[2]) > Number(plain[2]), `virginica: ${weighted[2]} % instead of ${plain[2]} %`);
  t.ok(Number(weighted[3]) < 1000, `${weighted[3]} epochs`);
  t.match(printed, /^3\.3 {2}s+v+i+$/m, 'a map');
});

t.test('an impedance is learnt from a stream', async (t) => {
  const printed = run(t, 'impedance', ['impedance-curves']);
  const [, off, naive] = /^Off by ([\d.]+) ohms; by (\d+) who always says the mean\.$/m.exec(printed) ?? [];
  t.ok(Number(off) < Number(naive) / 15, `${off} ohms of ${naive}`);
  t.match(printed, /Epoch 40\/40 - 125\/125 - /);
  t.match(printed, /^│.*●/m, 'a scatter');
});

t.test('a model is served, and asked over HTTP', async (t) => {
  const printed = run(t, 'serve', []);
  const [, right, batches] = /^(\d+) of 150 right; the first is a setosa\nIn (\d+) batches$/m.exec(printed) ?? [];
  t.ok(Number(right) > 135, printed);
  t.ok(Number(batches) < 150);
});
