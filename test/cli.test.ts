import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Add, Dense, Input, loadModel, Model, Sequential } from 'gemsbok';
import t, { type Test } from 'tap';

const PROGRAM = join(process.cwd(), 'dist/cli/index.js');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

/** Runs the command line with these words; `input` comes from the standard input. */
async function gemsbok(words: readonly string[], input = '', node: readonly string[] = [], env = {}): Promise<Ended> {
  const child = spawn(process.execPath, [...node, PROGRAM, ...words], { env: { ...process.env, ...env } });
  child.stdin.end(input);
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, errors };
}

async function saved(t: Test): Promise<{ readonly model: Sequential; readonly path: string }> {
  const model = new Sequential([new Input({ shape: [2], name: 'x' }), new Dense({ units: 2, name: 'y' })]);
  const path = join(t.testdir(), 'small.keras');
  await model.save(path);
  return { model, path };
}

t.test('words that are wrong end with 2, what fails with 1', async (t) => {
  const { path } = await saved(t);
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [[], 2, /serve FILE/],
    [['nothing'], 2, /`nothing`/],
    [['help', 'nothing'], 2, /`nothing`/],
    [['summary'], 2, /FILE/],
    [['summary', path, path], 2, /FILE/],
    [['convert', path], 2, /FROM TO/],
    [['summary', path, '--colour'], 2, /--colour/],
    [['predict', path], 2, /--csv/],
    [['summary', 'nowhere.keras'], 1, /ENOENT.*nowhere\.keras/],
    [['summary', PROGRAM], 1, /ERR_CORRUPT_FILE/],
    [['convert', path, join(t.testdirName, 'model.doc')], 1, /ERR_INVALID_ARG/],
    [['predict', path, '--csv', 'nowhere.csv'], 1, /ENOENT/],
    [['serve', path, '--port', 'x'], 1, /--port/],
    [['serve', path, '--port', '99999'], 1, /ERR_OUT_OF_RANGE/],
    [['serve', path, '--port', '0', '--name', ''], 1, /names that are not empty/],
    [['serve', 'nowhere.keras', '--port', '0'], 1, /ENOENT/],
  ];
  const ends = await Promise.all(cases.map(([words]) => gemsbok(words)));
  for (const [i, [words, code, message]] of cases.entries()) {
    t.match(ends[i], { code, out: '', errors: message }, words.join(' '));
    t.notMatch(ends[i]?.errors, /\n {4}at /, 'no stack');
  }
});

t.test('help and version', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  t.strictSame(await gemsbok(['--version']), { code: 0, out: `${version}\n`, errors: '' });
  t.match(await gemsbok(['--help']), {
    code: 0,
    out: /serve FILE[\s\S]*summary FILE[\s\S]*predict FILE[\s\S]*convert FROM TO/,
    errors: '',
  });
  for (const [command, option] of [
    ['serve', '--port'],
    ['summary', ''],
    ['predict', '--csv'],
    ['convert', '.keras, .h5, .hdf5, .safetensors, .json or .onnx'],
  ] as const) {
    const { code, out } = await gemsbok([command, '--help']);
    t.equal((await gemsbok(['help', command])).out, out);
    t.equal(code, 0);
    t.ok(out.includes(option) && !out.includes('\u001b'), 'no colours for a pipe');
  }
});

t.test('colours on a terminal', async (t) => {
  const terminal = (name: string): string[] => {
    return ['--import', `data:text/javascript,Object.assign(process.${name},{isTTY:true,hasColors:()=>true})`];
  };
  const both = [...terminal('stdout'), ...terminal('stderr')];
  const env = { NO_COLOR: '' };
  const colour = '\u001b[';
  for (const words of [['--help'], ['serve', '--help']]) {
    t.ok((await gemsbok(words, '', both, env)).out.includes(`${colour}1mgemsbok`), words.join(' '));
    t.notOk((await gemsbok(words, '', both, { NO_COLOR: '1' })).out.includes(colour), 'not where it is said');
  }
  t.ok((await gemsbok(['nothing'], '', both, env)).errors.startsWith(`${colour}31mgemsbok:${colour}0m `));
  t.notOk((await gemsbok([], '', terminal('stdout'), env)).errors.includes(colour), 'each stream by itself');
  t.notOk((await gemsbok(['nothing'], '', terminal('stdout'), env)).errors.includes(colour));
});

t.test('a reader that has enough is no failure', async (t) => {
  const { path } = await saved(t);
  const child = spawn(process.execPath, [PROGRAM, 'predict', path, '--csv', '-']);
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const errors = text(child.stderr);
  child.stdout.once('data', () => child.stdout.destroy());
  child.stdin.on('error', () => {});
  child.stdin.end(`a,b\n${'1,2\n'.repeat(20_000)}`);
  t.strictSame([await code, await errors], [0, '']);
  const deaf = spawn(process.execPath, [PROGRAM, 'nothing']);
  deaf.stderr.destroy();
  t.equal(await new Promise((resolve) => deaf.once('close', resolve)), 2, 'and it may hear nothing of a failure');
  for (const words of [['--help'], ['serve', '--help'], ['summary', path]]) {
    const unread = spawn(process.execPath, [PROGRAM, ...words]);
    unread.stdout.destroy();
    const errors = text(unread.stderr);
    const status = await new Promise((resolve) => unread.once('close', resolve));
    t.strictSame([status, await errors], [0, ''], words.join(' '));
  }
});

t.test('summary and convert', async (t) => {
  const { model, path } = await saved(t);
  t.equal((await gemsbok(['summary', path])).out, model.summary({ print: () => {} }));
  const converted = join(t.testdirName, 'small.h5');
  t.strictSame(await gemsbok(['convert', path, converted]), { code: 0, out: '', errors: '' });
  t.ok(existsSync(converted));
  t.strictSame((await loadModel(converted)).predictSync([[1, 2]]), model.predictSync([[1, 2]]));
});

t.test('predict reads a header, and prints one and a line for each row', async (t) => {
  const { model, path } = await saved(t);
  const rows = Array.from({ length: 2500 }, (_, r) => [r / 7, -r]);
  const { code, out } = await gemsbok(
    ['predict', path, '--csv', '-'],
    ['a,b', ...rows.map((row) => row.join())].join('\n'),
  );
  t.equal(code, 0);
  const [header, ...lines] = out.trimEnd().split('\n');
  t.equal(header, 'y_0,y_1');
  const found = Float32Array.from(lines.flatMap((line) => line.split(',').map(Number)));
  t.strictSame(found, model.predictSync(rows).data);
  const wide = await gemsbok(['predict', path, '--csv', '-'], 'a,b,c\n1,2,3\n');
  t.match(wide, { code: 1, out: '', errors: /ERR_SHAPE_MISMATCH.*2 columns/ });
  const words = await gemsbok(['predict', path, '--csv', '-'], 'a,b\n1,two\n');
  t.match(words, { code: 1, errors: /ERR_CORRUPT_FILE/ });
});

t.test('predict with several inputs and outputs', async (t) => {
  const [left, right] = [new Input({ shape: [2], name: 'left' }), new Input({ shape: [2], name: 'right' })];
  const sum = new Add({ name: 'sum' }).apply([left, right]);
  const model = new Model({ inputs: [left, right], outputs: [sum, new Dense({ units: 1, name: 'score' }).apply(sum)] });
  const path = join(t.testdir(), 'pair.keras');
  await model.save(path);
  const { out } = await gemsbok(['predict', path, '--csv', '-'], 'a,b,c,d\n1,2,3,4\n5,6,7,8\n');
  t.match(out, /^sum_0,sum_1,score\n4,6,\S+\n12,14,\S+\n$/);
});

t.test('serve until a signal ends it', async (t) => {
  const { model, path } = await saved(t);
  const child = spawn(process.execPath, [PROGRAM, 'serve', path, '--port', '0', '--name', 'digits', '--watch']);
  t.teardown(() => child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  const [line] = (await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve))).toString().split('\n');
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\/v1\/models\/digits:predict/.exec(line ?? '') ?? [];
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ instances: [[1, 2]] }) });
  t.strictSame(await response.json(), { predictions: model.predictSync([[1, 2]]).toArray() });
  child.kill('SIGTERM');
  t.equal(await ended, 0);
});

t.test('a second signal does not wait for requests', async (t) => {
  const { path } = await saved(t);
  const child = spawn(process.execPath, [PROGRAM, 'serve', path, '--port', '0', '--name', 'digits']);
  t.teardown(() => child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  const line = String(await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve)));
  const port = Number(/:(\d+)\//.exec(line)?.[1]);
  const slow = net.connect(port, '127.0.0.1').on('error', () => {});
  // It answers once it has read the headers; the rest of the body never comes.
  slow.write('POST /v1/models/digits:predict HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n');
  t.match(String(await new Promise<Buffer>((resolve) => slow.once('data', resolve))), /^HTTP\/1\.1 100 /);
  child.kill('SIGTERM');
  while (
    await fetch(`http://127.0.0.1:${port}/v2`).then(
      () => true,
      () => false,
    )
  );
  t.equal(child.exitCode, null, 'the first one waits');
  child.kill('SIGTERM');
  t.equal(await ended, 'SIGTERM');
});

t.test("a container's command is the program itself: npx would end without telling it", async (t) => {
  const [, command = '[]'] = /^CMD (.*)$/m.exec(readFileSync('docs/deploy.md', 'utf8')) ?? [];
  const [program, ...words] = JSON.parse(command);
  t.equal(program, 'node_modules/.bin/gemsbok');
  t.equal(words[0], 'serve');
  t.match(readFileSync(PROGRAM, 'utf8'), /^#!\/usr\/bin\/env node\n/);
});
