// Builds the site, reference and pages, into build/site, follows its links and looks at it as a phone does:
// node scripts/site.mjs
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'build/site');

function build() {
  rmSync(folder, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, ['node_modules/typedoc/bin/typedoc'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

/** Every page with its text and the names of its places. */
function readPages() {
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.html'));
  const pages = names.map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const places = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    return [join(folder, name), { text, places }];
  });
  return new Map(pages);
}

/** The links of a page that lead nowhere. */
function deadLinks(pages, path, { text }) {
  const links = [...text.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, link]) => link.replaceAll('&amp;', '&'));
  return links.filter((link) => {
    // The script of the site puts the icons in; all else from elsewhere is not followed.
    if (/^[a-z]+:/.test(link) || link.includes('icons.svg#')) return false;
    const [file, place = ''] = decodeURIComponent(link).split('#');
    const target = file === '' ? path : join(dirname(path), file.split('?')[0]);
    if (!existsSync(target)) return true;
    // Of classes that are not exported the generator names members that have no place.
    const isExported = !path.includes('internal');
    return isExported && place !== '' && pages.has(target) && !pages.get(target).places.has(place);
  });
}

/** What disturbs in a browser of a phone, without network: pages wider than it, errors, a search that finds nothing. */
async function seenOnPhone(paths) {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  const problems = [];
  const tell = (problem) =>
    problems.push(`${relative(folder, fileURLToPath(page.url().split(/[?#]/)[0]))}: ${problem}`);
  page.on('pageerror', ({ message }) => tell(message));
  page.on('request', (request) => /^(file|data|blob):/.test(request.url()) || tell(`asks for ${request.url()}`));
  for (const path of paths) {
    await page.goto(pathToFileURL(path).href);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    if (width > 390) tell(`${width} px wide on a screen of 390`);
  }
  await page.goto(pathToFileURL(join(folder, 'index.html')).href);
  await page.click('#tsd-search-trigger');
  await page.fill('#tsd-search-input', 'BinaryCrossentropy');
  await page
    .locator('#tsd-search-results li', { hasText: 'BinaryCrossentropy' })
    .first()
    .waitFor({ timeout: 60_000 })
    .catch(() => tell('the search does not find BinaryCrossentropy'));
  await browser.close();
  return problems;
}

build();
const pages = readPages();
const dead = [...pages].flatMap(([path, page]) =>
  deadLinks(pages, path, page).map((link) => `${relative(folder, path)} -> ${link}`),
);
for (const link of new Set(dead)) console.error(link);
// Guides and lists, and of the pages of single classes and options, which are alike, each eighth.
const seen = [...pages.keys()].filter((path, i) => /\/(documents|modules)\//.test(path) || i % 8 === 0);
const problems = await seenOnPhone(seen);
for (const problem of problems) console.error(problem);
console.log(
  `${pages.size} pages, ${dead.length} dead links; ${seen.length} seen on a phone, ${problems.length} problems: ${join(folder, 'index.html')}`,
);
if (dead.length + problems.length > 0) process.exitCode = 1;
