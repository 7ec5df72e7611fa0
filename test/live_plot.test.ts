import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LivePlot } from 'gemsbok/plots';
import { chromium } from 'playwright-core';
import t, { type Test } from 'tap';
import { classifier, QUIET, x, y } from './models.cases';

/** The first event of a page that is in this state; the page may leave out others where it is slow. */
async function eventOf(url: string, state: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}events`);
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    const found = parts.map((part) => JSON.parse(part.slice('data: '.length)));
    const event = found.find((event) => event.state === state);
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
    logs: { loss: Number },
    svg: /^<svg/,
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

t.test('a live page in a browser', async (t) => {
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
  const plot = new LivePlot({ print: () => {} });
  const { begun, go, run } = started(t, plot);
  await begun;
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', ({ message }) => problems.push(message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  // The page itself leaves the events once it has seen the last one.
  const isLeft = (error: string | undefined): boolean => error === 'net::ERR_ABORTED';
  page.on('requestfailed', (request) => isLeft(request.failure()?.errorText) || problems.push(request.url()));
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(plot.url ?? '');
  await page.waitForSelector('body[data-epoch="1"] svg');
  t.match(await page.textContent('#status'), /^epoch 1 of 3 · /);
  go();
  await run;
  await page.waitForSelector('body[data-state="finished"]');
  t.match(await page.textContent('#status'), /^epoch 3 of 3 · .* · finished$/);
  t.strictSame(await page.locator('#values td:first-child').allTextContents(), ['loss', 'acc']);
  t.equal(await page.locator('#curves svg').count(), 1, 'what is shown stays');
  mkdirSync('build/figures', { recursive: true });
  await page.screenshot({ path: 'build/figures/live.png' });
  t.strictSame(problems, []);
  t.ok(
    requests.every((url) => url.startsWith('http://127.0.0.1:') || url.startsWith('data:')),
    'nothing from elsewhere',
  );
});
