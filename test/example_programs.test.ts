import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import ts from 'typescript';
import { textOf } from './helpers/type_checker';

/** What a program of the examples prints; the pictures that it must draw. `options` make it short. */
function run(t: Test, name: string, pictures: readonly string[], options: readonly string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`examples/${name}.mjs`, '--folder', folder, ...options],
    {
      encoding: 'utf8',
    },
  );
  t.equal(status, 0, stderr);
  for (const picture of pictures) t.match(readFileSync(join(folder, `${picture}.svg`), 'utf8'), /^<svg .*<\/svg>\n?$/s);
  return stdout;
}

t.test('losses are drawn, question by question', async (t) => {
  const pictures = ['metric', 'outlier', 'two-errors', 'confidence', 'rmse', 'labels', 'gradient'];
  const printed = run(t, 'losses', pictures);
  // By hand: (1 + 9) / 2 and -ln 0.75.
  t.match(printed, /^mean_squared_error: 5\n {2}gradient: \[1,3\]$/m);
  t.match(printed, /^sparse_categorical_crossentropy: 0\.2876821$/m);
});

t.test('weights of classes find the rare iris, and training stops by itself', async (t) => {
  const printed = run(t, 'iris', ['iris-curves', 'iris-confusion']);
  const [plain = [], weighted = []] = ['plain', 'weighted'].map((name) => {
    const line = new RegExp(`^${name} +(\\d+) % +(\\d+) % +(\\d+) % +in (\\d+) epochs$`, 'm').exec(printed);
    return line?.slice(1).map(Number) ?? [];
  });
  t.ok(Number(weighted[2]) > Number(plain[2]), `virginica: ${weighted[2]} % instead of ${plain[2]} %`);
  t.ok(Number(weighted[3]) < 1000, `${weighted[3]} epochs`);
  t.match(printed, /^weighted: virginica recognized in \d+ % on average of 5 seeds, from \d+ % to \d+ %$/m);
  t.match(printed, /^3\.3 {2}s+v+i+$/m, 'a map');
});

t.test('an impedance is learnt from a stream', async (t) => {
  const printed = run(t, 'impedance', ['impedance-curves']);
  const [, off, naive] = /^Off by ([\d.]+) ohms; always guessing the mean: (\d+)\.$/m.exec(printed) ?? [];
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

t.test('a generator finds the ring that a discriminator knows', async (t) => {
  const printed = run(t, 'gan', []);
  const shares = [...printed.matchAll(/^Step \d+: (\d+) %/gm)].map(([, share]) => Number(share));
  t.equal(shares.length, 4);
  t.ok((shares.at(-1) ?? 0) > 85, `${shares}`);
  t.match(printed, /^ +(●●)+ {10,}(●●)+$/m, 'a ring');
});

t.test('with a penalty of gradients by differences, it finds all of four heaps', async (t) => {
  const printed = run(t, 'wgan_gp', []);
  const [, shares = '', length] =
    /^Step 400: in the heaps (.+); the critic's gradient has length ([\d.]+)$/m.exec(printed) ?? [];
  const heaps = shares.split(', ').map(Number.parseFloat);
  t.ok(heaps.length === 4 && Math.min(...heaps) > 8, shares);
  t.ok(Math.abs(Number(length) - 1) < 0.4, `length ${length}`);
});

t.test('a robot learns its way with a target network', async (t) => {
  const printed = run(t, 'dqn', []);
  const arrived = [...printed.matchAll(/: (\d+) arrived$/gm)].map(([, count]) => Number(count));
  t.ok((arrived.at(-1) ?? 0) > 2 * (arrived[0] ?? 0), `${arrived}`);
  t.match(printed, /^The goal is 8 moves away$/m, 'the shortest way');
});

t.test('gardens that share weights know all kinds, each alone those that it has', async (t) => {
  const [, together, ...alone] =
    /^Together: (\d+) %; alone: (\d+) %, (\d+) %, (\d+) %$/m.exec(run(t, 'federated', [])) ?? [];
  t.ok(Number(together) >= 90, `together ${together} %`);
  t.equal(alone.length, 3);
  for (const share of alone) t.ok(Number(share) < 75, `alone ${share} %`);
});

t.test('prices are learnt, and residuals drawn', async (t) => {
  const printed = run(t, 'regression', ['regression-residuals', 'regression-predicted'], ['--rows', '800']);
  const [, off, naive] = /^Off by ([\d.]+) thousand; always guessing the mean: ([\d.]+);/m.exec(printed) ?? [];
  t.ok(Number(off) < Number(naive) / 4, printed);
});

t.test('digits find their places in a plane', async (t) => {
  const printed = run(t, 'autoencoder', ['autoencoder-plane'], ['--rows', '2000', '--epochs', '6']);
  const [, off, naive] =
    /^Mean squared error of a pixel: ([\d.]+); always drawing the mean: ([\d.]+)$/m.exec(printed) ?? [];
  t.ok(Number(off) < 0.95 * Number(naive), printed);
  const [, share] = /^The nearest neighbour .*: (\d+) %, by chance 10 %$/m.exec(printed) ?? [];
  t.ok(Number(share) > 25, `${share} %`);
});

t.test('a week is forecast better than by the week before', async (t) => {
  const [, off, naive] =
    /^Off by ([\d.]+) visitors a day; repeating the last week: ([\d.]+)/m.exec(run(t, 'forecast', ['forecast'])) ?? [];
  t.ok(Number(off) < Number(naive), `${off} of ${naive}`);
});

t.test('those who leave are found in a table with words and gaps', async (t) => {
  const printed = run(t, 'churn', ['churn-roc', 'churn-gains'], ['--rows', '2500']);
  const [, auc] = /AUC ([\d.]+);/.exec(printed) ?? [];
  t.ok(Number(auc) > 0.75, printed);
  t.ok(Number(/reaches (\d+) %/.exec(printed)?.[1]) > 35, printed);
});

t.test('films are recommended by taste', async (t) => {
  const printed = run(t, 'recommender', ['recommender-films']);
  const [, off, naive] = /^Off by ([\d.]+) stars; guessing the mean of the film: ([\d.]+);/m.exec(printed) ?? [];
  t.ok(Number(off) < 0.75 * Number(naive), printed);
  t.equal([...printed.matchAll(/^ {2}film \d+ \(science fiction\), [\d.]+ stars$/gm)].length, 5, printed);
});

const PROGRAMS = readdirSync('examples').filter((name) => name !== 'helpers.mjs');
/** What makes the long ones short. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  'autoencoder.mjs': ['--rows', '500', '--epochs', '1'],
  'mnist.mjs': ['--epochs', '1'],
};

t.test('a reader that leaves ends a program in silence', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const name of PROGRAMS) {
    const place = name === 'mnist.mjs' ? ['--curves', join(folder, 'curves.svg')] : ['--folder', folder];
    const program = spawn(process.execPath, [`examples/${name}`, ...place, ...(SHORT[name] ?? [])]);
    program.stdout.once('data', () => program.stdout.destroy());
    let errors = '';
    program.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    const [status] = await once(program, 'close');
    t.equal(errors, '', name);
    t.equal(status, 0, name);
  }
});

t.test('a wrong option is refused in one line', async (t) => {
  for (const [options, message] of [
    [['--colour'], /^Unknown option '--colour'.* --help tells what there is\.\n$/],
    [['--seed', 'one'], /^Expected a whole number for --seed, received 'one'\. --help tells what there is\.\n$/],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, ['examples/forecast.mjs', ...options], { encoding: 'utf8' });
    t.equal(status, 2);
    t.match(stderr, message);
  }
});

t.test('every program tells what it does, and what it takes', async (t) => {
  for (const name of PROGRAMS) {
    const { status, stdout } = spawnSync(process.execPath, [`examples/${name}`, '--help'], { encoding: 'utf8' });
    t.equal(status, 0, name);
    t.match(stdout, new RegExp(`^[A-Z].*\\.\\nnode .*${name} \\[--`), name);
  }
});

t.test('every program is typed', async (t) => {
  for (const name of PROGRAMS) t.match(readFileSync(`examples/${name}`, 'utf8'), /^\/\/ @ts-check\n/, name);
  const options: ts.CompilerOptions = {
    ...{ allowJs: true, checkJs: true, strict: true, noImplicitAny: false, noEmit: true, skipLibCheck: true },
    ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, types: ['node'] },
  };
  const program = ts.createProgram(
    PROGRAMS.map((name) => join('examples', name)),
    options,
  );
  t.strictSame(ts.getPreEmitDiagnostics(program).map(textOf), []);
});
