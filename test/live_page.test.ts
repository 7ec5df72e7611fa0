import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dense, F1Score, Input, Sequential } from 'gemsbok';
import { LivePlot } from 'gemsbok/plots';
import { chromium } from 'playwright-core';
import t, { type Test } from 'tap';
import { started } from './helpers/live_run';
import { classifier, QUIET, x, y } from './models.cases';

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
  t.equal(await page.locator('figure:first-child circle').count(), 1, 'a value without a neighbour is seen');
  go();
  await run;
  await page.waitForSelector('body[data-state="finished"]');
  t.match(await page.textContent('#status'), /^epoch 3 of 3 · .* · finished$/);
  t.strictSame(await page.locator('#values td:first-child').allTextContents(), ['loss', 'acc']);
  t.strictSame(await page.locator('#legend li').allTextContents(), ['now', 'before']);
  t.strictSame(await page.locator('figcaption').allTextContents(), ['loss', 'acc']);
  t.strictSame(await page.locator('#facts th').allTextContents(), ['', 'now', 'before']);
  t.test('tells values where the pointer is', async (t) => {
    await page
      .locator('figure')
      .first()
      .hover({ position: { x: 60, y: 100 } });
    const rows = await page.locator('figure:first-child .tip tr').allInnerTexts();
    t.equal(rows.length, 3);
    for (const [i, row] of [/^epoch 1\s+training$/, /^now\s+[\d.]+$/, /^before\s+[\d.]+$/].entries())
      t.match(rows[i], row);
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

t.test('many runs in one page', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'runs-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (let i = 0; i < 12; i++) {
    const series = [{ chart: 'loss', kind: 'training', part: 0, x: [1, 2], y: [i, i + 1] }];
    writeFileSync(join(folder, `${i}.json`), JSON.stringify({ name: `run ${i}`, series, facts: [['Size', 'one']] }));
    utimesSync(join(folder, `${i}.json`), i, i);
  }
  const { page, problems } = await opened(t);
  const plot = new LivePlot({ folder, name: 'now', print: () => {} });
  const { begun, go, run } = started(t, plot);
  await begun;
  await page.goto(plot.url ?? '');
  await page.waitForSelector('body[data-epoch="1"] #curves svg');
  t.strictSame(
    await page.locator('#legend li').allTextContents(),
    ['now', ...Array.from({ length: 9 }, (_, i) => `run ${11 - i}`)],
    'the last ones',
  );
  const colours = await page.locator('#legend line').evaluateAll((lines) => lines.map((line) => line.outerHTML));
  t.equal(new Set(colours).size, 10, 'none has the colour of another');
  t.equal(await page.textContent('#left'), 'The last 9 of 12 earlier runs.');
  await page.setViewportSize({ width: 390, height: 640 });
  for (const x of [60, 190, 340]) {
    await page
      .locator('figure')
      .first()
      .hover({ position: { x, y: 100 } });
    t.equal(await page.locator('figure:first-child .tip tr').count(), 11);
    t.notOk(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), `fits at ${x}`);
  }
  go();
  await run;
  t.strictSame(problems, []);
});

t.test('names of metrics are text, however long', async (t) => {
  const names = ['<script>throw 1</script>', `${'word_'.repeat(12)}`, 'one value for each class'];
  const metrics = [
    Object.defineProperty(() => 1, 'name', { value: names[0] }),
    Object.defineProperty(() => 2, 'name', { value: names[1] }),
    new F1Score({ average: null, name: names[2] }),
  ];
  const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 2, activation: 'softmax' })]);
  model.compile({ loss: 'categorical_crossentropy', metrics });
  const { page, problems } = await opened(t);
  await page.setViewportSize({ width: 390, height: 640 });
  const plot = new LivePlot({ print: () => {}, keepOpen: true });
  t.teardown(() => plot.close());
  const rows = [
    [1, 0],
    [0, 1],
  ];
  await model.fit(rows, rows, { epochs: 2, verbose: 0, callbacks: [plot] });
  await page.goto(plot.url ?? '');
  await page.waitForSelector('body[data-state="finished"]');
  t.strictSame(await page.locator('figcaption').allTextContents(), ['loss', ...names]);
  t.strictSame(await page.locator('#values td:first-child').allTextContents(), ['loss', ...names]);
  t.match((await page.locator('#values td:last-child').allTextContents()).at(-1), /^[\d.]+, [\d.]+$/, 'both values');
  t.notOk(await page.evaluate('document.documentElement.scrollWidth > innerWidth'));
  t.notOk(await page.evaluate("document.getElementById('top').scrollWidth > innerWidth"), 'values stay in sight');
  t.strictSame(problems, []);
});
