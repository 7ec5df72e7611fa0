import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataset } from 'gemsbok';
import { LivePlot } from 'gemsbok/plots';
import { chromium } from 'playwright-core';
import t, { type Test } from 'tap';
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

function signal() {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A run that a page shows, and that waits for `go` before its second epoch. */
function started(t: Test, plot: LivePlot) {
  const [first, rest] = [signal(), signal()];
  const onEpochBegin = async (epoch: number): Promise<void> => {
    if (epoch !== 1) return;
    first.resolve();
    await rest.promise;
  };
  t.teardown(() => plot.close());
  const run = classifier().fit(x, y, { ...QUIET, callbacks: [plot, { onEpochBegin }] });
  return { begun: first.promise, go: rest.resolve, run };
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
  const runs = JSON.parse(/^event: runs\ndata: (.*)\n\n/.exec(Buffer.from(chunk).toString())?.[1] ?? '[]');
  t.strictSame(runs.map(({ name }: { name: string }) => name).sort(), ['first', 'second']);
  t.match(runs[0].series[0], { chart: 'loss', kind: 'training', x: [1, 2, 3] });
  t.match(Object.fromEntries(runs[0].facts), { Training: '3 epochs of 7 steps', Optimizer: /^Adam/ });
  go();
  await run;
  for (const name of ['', '../up', '.hidden', 'a/b', 3]) {
    t.throws(() => new LivePlot({ name: name as string }), { code: 'ERR_INVALID_ARG', message: /`name`/ }, `${name}`);
  }
});

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser, and what goes wrong in its pages. */
async function opened(t: Test) {
  if (!existsSync(CHROMIUM)) throw new Error('Chromium is missing: run `node scripts/system.mjs check`.');
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: FLAGS,
    viewport: { width: 1000, height: 640 },
  });
  t.teardown(async () => {
    await browser.close();
    rmSync(profile, { recursive: true });
  });
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', ({ message }) => problems.push(message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  // The page itself leaves the events once it has seen the last one.
  const isLeft = (error: string | undefined): boolean => error === 'net::ERR_ABORTED';
  page.on('requestfailed', (request) => isLeft(request.failure()?.errorText) || problems.push(request.url()));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith('http://127.0.0.1:') && !url.startsWith('data:')) problems.push(`elsewhere: ${url}`);
  });
  return { page, problems };
}

t.test('a live page in a browser', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'runs-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const print = (): void => {};
  await classifier().fit(x, y, { ...QUIET, callbacks: [new LivePlot({ folder, name: 'before', print })] });
  const { page, problems } = await opened(t);
  const plot = new LivePlot({ folder, name: 'now', print });
  const { begun, go, run } = started(t, plot);
  await begun;
  await page.goto(plot.url ?? '');
  await page.waitForSelector('body[data-epoch="1"] #curves svg');
  t.match(await page.textContent('#status'), /^epoch 1 of 3 · /);
  go();
  await run;
  await page.waitForSelector('body[data-state="finished"]');
  t.match(await page.textContent('#status'), /^epoch 3 of 3 · .* · finished$/);
  t.strictSame(await page.locator('#values td:first-child').allTextContents(), ['loss', 'acc']);
  t.strictSame(await page.locator('#legend li').allTextContents(), ['before training', 'now training']);
  t.strictSame(await page.locator('figcaption').allTextContents(), ['loss', 'acc']);
  t.strictSame(await page.locator('#facts th').allTextContents(), ['', 'now', 'before']);
  t.test('tells values where the pointer is', async (t) => {
    await page
      .locator('figure')
      .first()
      .hover({ position: { x: 60, y: 100 } });
    t.match(
      await page.locator('.tip').first().textContent(),
      /^epoch 1\nbefore training {2}[\d.]+\nnow training {2}[\d.]+$/,
    );
    await page.locator('#status').hover();
    t.notOk(await page.locator('.tip').first().isVisible());
  });
  t.test('smooths', async (t) => {
    t.equal(await page.locator('.raw').count(), 0);
    await page.locator('#smoothing').fill('0.9');
    t.equal(await page.locator('.raw').count(), 4, 'what is measured stays behind each line');
    const [raw, smooth] = await page
      .locator('figure:first-child path')
      .evaluateAll((paths) => paths.map((path) => path.getAttribute('d')));
    const pointsOf = (path: string | null | undefined): string[] => path?.split(/[ML]/).slice(1) ?? [];
    t.equal(pointsOf(smooth)[0], pointsOf(raw)[0], 'the first value is its own mean');
    t.not(pointsOf(smooth)[2], pointsOf(raw)[2]);
  });
  t.test('fits a phone, by day and by night', async (t) => {
    const grounds = new Set<string>();
    mkdirSync('build/figures', { recursive: true });
    for (const width of [390, 1000]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 640 });
        // A text: there is no document where the test runs.
        t.notOk(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), `${width} pixels`);
        grounds.add(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
        await page.screenshot({ path: `build/figures/live-${width}-${colorScheme}.png`, fullPage: true });
      }
    }
    t.equal(grounds.size, 2);
  });
  t.strictSame(problems, []);
});
