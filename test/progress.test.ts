import { spawnSync } from 'node:child_process';
import { ProgbarLogger } from 'gemsbok';
import t, { type Test } from 'tap';
import { Terminal } from './helpers/terminal';
import { classifier, QUIET, x, y } from './models.cases';

/** A terminal as a stream, and a bar on it that is 3 of 7 steps into its second epoch. */
function begun(columns = 80) {
  const terminal = new Terminal(columns);
  const stream = {
    isTTY: true,
    get columns() {
      return terminal.columns;
    },
    write: (text: string): unknown => terminal.write(text),
  };
  const bar = new ProgbarLogger({ stream });
  bar.setParams({ verbose: 1, epochs: 2, steps: 7 });
  bar.onEpochBegin(1);
  bar.update(3, LOGS);
  return { terminal, stream, bar };
}

const LOGS = { loss: 0.5, acc: 0.25, val_mean_absolute_error: 0.125 };
const HEAD = /^3\/7 ━{8}─{12} \d+s \d+[mu]?s\/step/;
const LAST = /^7\/7 ━{20} \d+s \d+[mu]?s\/step - loss: 0\.5000 - acc: 0\.2500 - val_mean_absolute_error: 0\.1250$/;

function linesOf(terminal: Terminal): string[] {
  return terminal.text.split('\n');
}

/** Texts that a program writes, and the lines that they make. */
const WRITTEN: readonly (readonly [texts: readonly string[], lines: readonly string[]])[] = [
  [['log\n'], ['log']],
  [
    ['one\ntwo\n', 'three\n'],
    ['one', 'two', 'three'],
  ],
  [['half', ' and half\n'], ['half and half']],
  [['dots...'], ['dots...']],
  [[''], []],
];

t.test('what the program writes stands on lines of its own, above the bar', async (t) => {
  for (const [texts, lines] of WRITTEN) {
    for (const isRedrawn of [false, true]) {
      const { terminal, stream, bar } = begun(200);
      for (const text of texts) stream.write(text);
      if (isRedrawn) bar.update(4, LOGS);
      bar.onEpochEnd(1, LOGS);
      stream.write('after\n');
      const [last, end] = linesOf(terminal).slice(-2);
      t.strictSame(linesOf(terminal).slice(0, -2), ['Epoch 2/2', ...lines]);
      t.match(last, LAST);
      t.equal(end, 'after');
    }
  }
});

t.test('it writes through whatever stands between, and leaves the stream as it was', async (t) => {
  const { terminal, stream, bar } = begun(200);
  const watched = stream.write;
  const capital = (text: string): unknown => watched(text.toUpperCase());
  stream.write = capital;
  stream.write('log\n');
  bar.onEpochEnd(1, LOGS);
  t.equal(linesOf(terminal)[1], 'LOG');
  t.equal(stream.write, capital, 'what others have put there stays');
  stream.write = watched;
  bar.onEpochBegin(1);
  bar.onEpochEnd(1, LOGS);
  t.not(stream.write, watched);
});

t.test('a terminal that becomes narrower or wider shows one bar', async (t) => {
  for (const widths of [[40], [30, 60, 20], [100, 12], [3]]) {
    const { terminal, bar } = begun(80);
    for (const width of widths) {
      terminal.columns = width;
      bar.update(3, LOGS);
      t.equal(linesOf(terminal).length, Math.ceil('Epoch 2/2'.length / width) + 1, `${widths}`);
    }
    terminal.columns = 200;
    bar.onEpochEnd(1, LOGS);
    t.strictSame(linesOf(terminal).slice(0, -1), ['Epoch 2/2']);
    t.match(linesOf(terminal).at(-1), LAST);
  }
});

t.test('a line for which there is no room ends in "..."', async (t) => {
  for (let columns = 4; columns < 120; columns++) {
    const [last = ''] = linesOf(begun(columns).terminal).slice(-1);
    t.ok(last.length < columns, `${columns}: ${last}`);
    const whole = / - loss: 0\.5000 - acc: 0\.2500 - val_mean_absolute_error: 0\.1250$/;
    if (!whole.test(last)) t.match(last, /\.\.\.$/, `${columns}`);
    if (columns > 45) {
      t.match(last, HEAD);
      t.match(last.replace(HEAD, ''), /^( - [a-z_]+: 0\.\d{4})*( \.\.\.)?$/, 'whole metrics, or none');
    }
  }
});

t.test('an error leaves the bar above what follows', async (t) => {
  const { terminal, stream, bar } = begun(200);
  bar.onAbort();
  stream.write('Error\n');
  const [, line = '', ...rest] = linesOf(terminal);
  t.match(line, HEAD);
  t.strictSame(rest, ['Error']);
});

t.test('no bar goes into a file', async (t) => {
  for (const verbose of [1, 2, 'auto'] as const) {
    const texts: string[] = [];
    const callbacks = new ProgbarLogger({ stream: { write: (text: string) => texts.push(text) } });
    await classifier().fit(x, y, { ...QUIET, verbose, callbacks });
    const lines = texts.join('').trimEnd().split('\n');
    t.equal(lines.length, QUIET.epochs, 'a line for each epoch');
    for (const line of lines)
      t.match(line, /^Epoch \d\/3 - 7\/7 - \d+s - \d+[mu]?s\/step - loss: \d\.\d{4} - acc: \S+$/);
  }
});

/** Runs a program whose `model.fit(x, y, options)` is at hand. */
function program(t: Test, text: string, shell = ''): { readonly stdout: string; readonly stderr: string } {
  const whole = `
    const { Dense, Input, Sequential } = require('gemsbok');
    const model = new Sequential([new Input({ shape: [1] }), new Dense({ units: 1 })]);
    model.compile({ loss: 'mse' });
    const [x, y] = [[[1], [2]], [1, 2]];
    ${text}`;
  const run = spawnSync('sh', ['-c', `"${process.execPath}" -e "$PROGRAM" ${shell}`], {
    encoding: 'utf8',
    env: { ...process.env, PROGRAM: whole },
  });
  t.equal(run.status, 0, run.stderr);
  return run;
}

t.test('the console, too, keeps off the bar', async (t) => {
  const { stdout } = program(
    t,
    `Object.assign(process.stdout, { isTTY: true, columns: 100, hasColors: () => false });
     const bar = new (require('gemsbok').ProgbarLogger)();
     const onTrainBatchEnd = (batch, logs) => {
       bar.update(batch + 1, logs);
       console.log('batch', String(batch));
     };
     model.fit(x, y, { epochs: 2, batchSize: 1, callbacks: [{ onTrainBatchEnd }, bar] });`,
  );
  const terminal = new Terminal(100);
  terminal.write(stdout);
  const lines = linesOf(terminal).map((line) => line.replace(/ ━.*/, ''));
  const epoch = (n: number) => [`Epoch ${n}/2`, 'batch 0', 'batch 1', '2/2'];
  t.strictSame(lines, [...epoch(1), ...epoch(2)]);
});

t.test('a reader that has enough ends nothing', async (t) => {
  const { stdout, stderr } = program(
    t,
    `model.fit(x, y, { epochs: 20000 }).then(({ epoch }) => console.error(epoch.length + ' epochs'));`,
    '| head -n 1',
  );
  t.match(stdout, /^Epoch 1\/20000 - [^\n]*\n$/);
  t.equal(stderr, '20000 epochs\n');
});
