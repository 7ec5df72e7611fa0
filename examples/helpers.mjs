// @ts-check
// What the examples share: options of the command line, pictures, and an end without a reader.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

// A reader that leaves, as `| head -1` does, ends a program in silence.
process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ { code }) => process.exit(code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => {});

/**
 * The options of the command line; prints what there is and ends for `--help`.
 *
 * @template {Record<string, string | boolean>} Options
 * @param {string} help What the program does.
 * @param {Options} defaults The value of each option.
 * @returns {Options}
 */
export function readOptions(help, defaults) {
  const options = Object.entries(defaults).map(([name, value]) => {
    const type = typeof value === 'boolean' ? /** @type {const} */ ('boolean') : /** @type {const} */ ('string');
    return [name, { type, default: value }];
  });
  const values = parsed(Object.fromEntries(options));
  if (values.help) {
    const usage = Object.entries(defaults).map(([name, value]) =>
      value === false ? `[--${name}]` : `[--${name} ${value || '...'}]`,
    );
    console.log(`${help}\nnode ${process.argv[1]} ${usage.join(' ')}`);
    process.exit();
  }
  for (const [name, value] of Object.entries(defaults)) {
    const isNumber = typeof value === 'string' && /^\d+$/.test(value);
    if (isNumber && !/^\d+$/.test(String(values[name])))
      refuse(`Expected a whole number for --${name}, received '${values[name]}'.`);
  }
  return /** @type {Options} */ (/** @type {unknown} */ (values));
}

/**
 * @param {Record<string, { type: 'string' | 'boolean', default: string | boolean }>} options
 * @returns {Record<string, string | boolean | undefined>}
 */
function parsed(options) {
  try {
    return parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message);
  }
}

/**
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
  console.error(`${message.replace(/\.?$/, '.')} --help tells what there is.`);
  process.exit(2);
}

/**
 * Writes an SVG into a folder, and says where.
 *
 * @param {string} folder
 * @param {string} name
 * @param {string | Promise<string>} picture
 */
export async function save(folder, name, picture) {
  await mkdir(folder, { recursive: true });
  const path = resolve(join(folder, `${name}.svg`));
  await writeFile(path, await picture);
  console.log(`${name}: ${path}`);
}

/** Turns light and dark, and keeps the hues, where a page is dark. */
const DARK = '<style>@media (prefers-color-scheme:dark){:root{filter:invert(.93) hue-rotate(180deg)}}</style>';

/**
 * An SVG that is dark where the page is.
 *
 * @param {string} svg
 */
export function withDark(svg) {
  return svg.replace('>', `>${DARK}`);
}

/**
 * The SVG of a specification of Vega-Lite.
 *
 * @param {object} spec
 */
export async function draw(spec) {
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const grey = '#4b5563';
  const axis = { labelColor: grey, titleColor: grey, titleFontWeight: 'normal', gridColor: '#e5e7eb', ticks: false };
  const config = { font: 'Helvetica, Arial, sans-serif', view: { stroke: null }, axis };
  const whole = { width: 420, height: 240, padding: 12, background: 'white', config, ...spec };
  const view = new View(
    parse(compile(/** @type {import('vega-lite').TopLevelSpec} */ (/** @type {unknown} */ (whole))).spec),
    {
      renderer: 'none',
    },
  );
  const svg = await view.toSVG();
  view.finalize();
  // In tenths of a pixel no last bit of a processor shows.
  return `${withDark(svg).replaceAll(/\d+\.\d{2,}/g, (digits) => String(Number(Number(digits).toFixed(1))))}\n`;
}
