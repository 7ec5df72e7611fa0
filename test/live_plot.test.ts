import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataset } from 'gemsbok';
import { LivePlot } from 'gemsbok/plots';
import t from 'tap';
import { started } from './helpers/live_run';
import { classifier, QUIET, x, y } from './models.cases';

interface LiveRunShown {
  readonly series: readonly { readonly x: readonly number[] }[];
}

/** The first event of a page that is in this state; the page may leave out others where it is slow. */
async function eventOf(
  url: string,
  state: string,
  isWanted = (_event: Record<string, unknown>): boolean => true,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}events`);
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    const found = parts.map((part) => JSON.parse(part.replace(/^event: \w+\ndata: /, '')));
    const event = found.find((event) => event.state === state && isWanted(event));
    if (event !== undefined) return event;
  }
  throw new Error(`The page was never ${state}.`);
}

t.test('a live page', async (t) => {
  const lines: string[] = [];
  const plot = new LivePlot({ print: (line) => lines.push(line) });
  t.equal(plot.url, null);
  const { begun, go, run } = started(t, plot);
  await begun;
  const url = plot.url ?? '';
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  t.strictSame(lines, [`Live curves: ${url}`]);
  t.match(await (await fetch(url)).text(), /EventSource/);
  const policy = (await fetch(url)).headers.get('content-security-policy') ?? '';
  t.match(policy, /^default-src 'none'; script-src 'sha256-[^']+';.*connect-src 'self'.*frame-ancestors 'none'/);
  t.equal((await fetch(`${url}other`)).status, 404);
  t.equal((await fetch(url, { method: 'POST' })).status, 405);
  const told = eventOf(url, 'finished');
  t.match(await eventOf(url, 'running'), {
    state: 'running',
    epoch: 1,
    epochs: 3,
    values: { loss: Number },
    run: { series: [{ chart: 'loss', kind: 'training', part: 0, x: [1], y: [Number] }, { chart: 'acc' }] },
  });
  go();
  await run;
  t.match(await told, { epoch: 3, epochs: 3 });
  t.equal(plot.url, null, 'closes with the run');
  await t.rejects(fetch(url));
});

t.test('a live page has a limit of clients', async (t) => {
  const plot = new LivePlot({ print: () => {} });
  const { begun, go, run } = started(t, plot);
  await begun;
  const url = `${plot.url}events`;
  const clients = await Promise.all(Array.from({ length: 16 }, () => fetch(url)));
  t.ok(clients.every(({ status }) => status === 200));
  t.equal((await fetch(url)).status, 503);
  await clients[0]?.body?.cancel();
  // The server hears of it a little later.
  for (let status = 503; status !== 200; ) {
    const response = await fetch(url);
    status = response.status;
    if (status !== 200) await response.body?.cancel();
  }
  t.pass('one that leaves makes room');
  go();
  await run;
});

t.test('a live page closes where the run fails, and stays where it is told to', async (t) => {
  const print = (): void => {};
  const failing = new LivePlot({ print });
  const fail = { onEpochEnd: () => Promise.reject(new Error('mine')) };
  await t.rejects(classifier().fit(x, y, { ...QUIET, callbacks: [failing, fail] }), { message: 'mine' });
  t.equal(failing.url, null);
  const kept = new LivePlot({ print, keepOpen: true });
  await classifier().fit(x, y, { ...QUIET, callbacks: [kept] });
  const url = kept.url ?? '';
  const spare = connect(Number(new URL(url).port), '127.0.0.1');
  await once(spare, 'connect');
  t.match(await eventOf(url, 'finished'), { epoch: 3 });
  const port = Number(new URL(url).port);
  const second = classifier().fit(x, y, { ...QUIET, callbacks: [new LivePlot({ print, port })] });
  await t.rejects(second, { code: 'EADDRINUSE' });
  const left = once(spare, 'close');
  await kept.close();
  await left;
  await t.rejects(fetch(url));
});

t.test('a live page moves within an epoch', async (t) => {
  const rows = 500_000;
  const plot = new LivePlot({ print: () => {} });
  const controller = new AbortController();
  const hooks = {
    // One epoch of many steps ends as soon as a page was told of one of them.
    onEpochBegin: (): void => {
      void eventOf(plot.url ?? '', 'running', ({ step }) => step !== null).then((event) => controller.abort(event));
    },
  };
  const run = classifier().fit(new Float32Array(6 * rows), new Uint8Array(rows), {
    epochs: 1000,
    batchSize: 1,
    verbose: 0,
    signal: controller.signal,
    callbacks: [plot, hooks],
  });
  const event = await run.catch((reason: unknown) => reason);
  t.match(event, { steps: rows, values: { loss: Number, acc: Number } });
  const { epoch, step, run: shown } = event as { epoch: number; step: number; run: LiveRunShown };
  t.ok(step > 0 && step < rows);
  const [loss] = shown.series;
  t.equal(loss?.x.at(-1), epoch + step / rows, 'the line ends where the epoch stands');
});

t.test('a live page moves within an epoch of unknown length', async (t) => {
  const plot = new LivePlot({ print: () => {} });
  const controller = new AbortController();
  async function* rows() {
    // Slower than a step: the run waits most of the time.
    for (;;) {
      yield { x: new Float32Array(6), y: 1 };
      await sleep(5);
    }
  }
  const onEpochBegin = (): void => {
    void eventOf(plot.url ?? '', 'running', ({ step }) => Number(step) > 1).then((event) => controller.abort(event));
  };
  const options = { batchSize: 1, verbose: 0, signal: controller.signal, callbacks: [plot, { onEpochBegin }] } as const;
  const event = await classifier()
    .fit(dataset(rows), options)
    .catch((reason: unknown) => reason);
  t.match(event, { steps: null, epoch: 0 });
  const { run } = event as { run: LiveRunShown };
  const at = Number(run.series[0]?.x.at(-1));
  t.ok(at > 0 && at < 1, `${at} is within the first epoch`);
});

t.test('other machines need the token', async (t) => {
  for (const [host, isLocal] of [
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['localhost', true],
    ['0.0.0.0', false],
  ] as const) {
    const plot = new LivePlot({ print: () => {}, host });
    const { begun, go, run } = started(t, plot);
    await begun;
    const { port, searchParams } = new URL(plot.url ?? '');
    const token = searchParams.get('token');
    t.equal(token === null, isLocal, `${host}: ${plot.url}`);
    const at = isLocal && host !== 'localhost' ? host : '127.0.0.1';
    const statusOf = async (path: string): Promise<number> => {
      const response = await fetch(`http://${at}:${port}${path}`);
      await response.body?.cancel();
      return response.status;
    };
    if (token !== null) {
      const wrong = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`;
      for (const query of ['', '?token=', `?token=${wrong}`, `?token=${token}0`, `?other=${token}`]) {
        t.equal(await statusOf(`/${query}`), 403, query);
        t.equal(await statusOf(`/events${query}`), 403, query);
      }
      t.match(token, /^[0-9a-f]{32}$/);
    }
    const query = token === null ? '' : `?token=${token}`;
    t.equal(await statusOf(`/${query}`), 200);
    t.equal(await statusOf(`/events${query}`), 200);
    go();
    await run;
  }
});

t.test('a folder holds runs, and other files do not matter', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'runs-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'broken.json'), '{"name": ');
  writeFileSync(join(folder, 'other.json'), '{"name": "other", "series": [{"x": 1}], "facts": []}');
  writeFileSync(join(folder, 'read.me'), 'text');
  const print = (): void => {};
  for (const name of ['first', 'second', 'first']) {
    await classifier().fit(x, y, { ...QUIET, callbacks: [new LivePlot({ folder, name, print })] });
  }
  t.strictSame(readdirSync(folder).sort(), ['broken.json', 'first.json', 'other.json', 'read.me', 'second.json']);
  const plot = new LivePlot({ folder, name: 'third', print });
  const { begun, go, run } = started(t, plot);
  await begun;
  const response = await fetch(`${plot.url}events`);
  const [chunk = new Uint8Array()] = [(await response.body?.getReader().read())?.value];
  const { runs, known } = JSON.parse(/^event: runs\ndata: (.*)\n\n/.exec(Buffer.from(chunk).toString())?.[1] ?? '{}');
  t.equal(known, 2);
  t.strictSame(runs.map(({ name }: { name: string }) => name).sort(), ['first', 'second']);
  t.match(runs[0].series[0], { chart: 'loss', kind: 'training', x: [1, 2, 3] });
  t.match(Object.fromEntries(runs[0].facts), { Training: '3 epochs of 7 steps', Optimizer: /^Adam/ });
  go();
  await run;
  for (const name of ['', '../up', '.hidden', 'a/b', 3]) {
    t.throws(() => new LivePlot({ name: name as string }), { code: 'ERR_INVALID_ARG', message: /`name`/ }, `${name}`);
  }
});
