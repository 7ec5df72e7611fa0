// Writes docs/catalogue from the docstrings and what the library exports: node scripts/docs.mjs [--check]
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as namespace from '../dist/index.mjs';
import { openSources, readFamily } from './docstrings.mjs';
import { CURVES } from './pictures.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const gemsbok = { ...namespace };
const folder = join(root, 'docs/catalogue');

const subclassOf = (base) => (value) => typeof value === 'function' && value.prototype instanceof base;
const isActivation = (value) => {
  try {
    return typeof gemsbok.activations.serialize(value) === 'string';
  } catch {
    return false;
  }
};

/** Each family, and how its members are known among what its module exports. */
const FAMILIES = {
  losses: subclassOf(gemsbok.losses.Loss),
  activations: isActivation,
  initializers: subclassOf(gemsbok.initializers.Initializer),
  regularizers: subclassOf(gemsbok.regularizers.Regularizer),
  constraints: subclassOf(gemsbok.constraints.Constraint),
  optimizers: subclassOf(gemsbok.optimizers.Optimizer),
  schedules: subclassOf(gemsbok.schedules.LearningRateSchedule),
  metrics: subclassOf(gemsbok.metrics.Metric),
  layers: subclassOf(gemsbok.layers.Layer),
  callbacks: subclassOf(gemsbok.callbacks.Callback),
};

const NOTE = '<!-- Written by `npm run docs` from the docstrings in lib; edit those. -->';
const LEGEND = '\nPictures: the value as a line, its derivative dashed.\n';
const MADE_PLAINLY = ['losses', 'regularizers', 'constraints', 'optimizers', 'metrics'];

const cell = (text) => text.replaceAll('|', '\\|');

function optionsTable(options) {
  if (options.length === 0) return [];
  const rows = options.map(
    ({ name, required, text }) => `| \`${name}\`${required ? ' (required)' : ''} | ${cell(text)} |`,
  );
  return ['', '| option | |', '| --- | --- |', ...rows];
}

/** The config of one that is made without options: its defaults as the code has them. */
function madePlainly(family, name) {
  if (!MADE_PLAINLY.includes(family)) return [];
  try {
    return ['', `Config by default: \`${JSON.stringify(new gemsbok[family][name]().getConfig())}\``];
  } catch {
    return [];
  }
}

function sectionOf(family, entry, picture) {
  const { name, aliases, summary, note, sections, options, example } = entry;
  const lines = [`## ${name}`, '', ...(aliases.length > 0 ? [`Also \`${aliases.join('`, `')}\`.`, ''] : []), summary];
  if (note !== '') lines.push('', note);
  if (sections.size > 0) lines.push('');
  for (const [label, text] of sections) lines.push(`- **${label}**: ${text}`);
  if (picture !== undefined) lines.push('', `![${name}](${picture})`);
  lines.push(...optionsTable(options), ...madePlainly(family, name));
  // An example is not a program: the test of docstrings runs it.
  if (example !== '') lines.push('', example.trim().replace(/^```ts/, '```typescript'));
  return lines.join('\n');
}

/** Every file of the catalogue with its text. */
async function catalogue() {
  const files = new Map();
  const sources = openSources(root);
  for (const [family, isMember] of Object.entries(FAMILIES)) {
    const members = Object.entries(gemsbok[family]).filter(([, value]) => isMember(value));
    const entries = readFamily(sources, family, members.map(([name]) => name).sort());
    const parts = [];
    for (const entry of entries) {
      const picture = family in CURVES ? `${family}/${entry.name}.svg` : undefined;
      if (picture) files.set(picture, await CURVES[family](entry.name, gemsbok[family][entry.name]));
      parts.push(sectionOf(family, entry, picture));
    }
    const legend = family in CURVES ? LEGEND : '';
    const title = family.charAt(0).toUpperCase() + family.slice(1);
    files.set(`${family}.md`, `# ${title}\n\n${NOTE}\n${legend}\n${parts.join('\n\n')}\n`);
  }
  return files;
}

function committed() {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true }).map((name) => name.replaceAll('\\', '/'));
  return names.filter((name) => /\.(md|svg)$/.test(name));
}

const files = await catalogue();
const stale = committed().filter((name) => !files.has(name));
const differing = [...files].filter(([name, text]) => {
  const path = join(folder, name);
  return !existsSync(path) || readFileSync(path, 'utf8') !== text;
});
if (process.argv.includes('--check')) {
  for (const name of [...stale, ...differing.map(([name]) => name)])
    console.error(`docs/catalogue/${name} is not current.`);
  process.exitCode = stale.length + differing.length > 0 ? 1 : 0;
} else {
  for (const name of stale) rmSync(join(folder, name));
  for (const [name, text] of differing) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
