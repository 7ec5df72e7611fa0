// Measures the library against its peers and its limits, in one run, round by round:
// npm run bench -- [--only regex] [--peers gemsbok,gemm] [--rounds 7] [--quick] [--out build/bench]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { cases } from './cases.mjs';
import { curves } from './curves.mjs';
import { install } from './install.mjs';
import { describeMachine, isBusy, machineLines } from './machine.mjs';
import { measure } from './measure.mjs';
import { Crew, PEERS, pins, root } from './peers.mjs';
import { pictures } from './pictures.mjs';
import { markdown, printCase, printGoals, printProducts } from './report.mjs';
import { caseResult, pointResults, withThreads } from './results.mjs';
import { measureProducts } from './sets.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    peers: { type: 'string', default: Object.keys(PEERS).join() },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'build/bench') },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 2 : 7));
const names = options.peers.split(',');
for (const name of names) {
  if (!Object.hasOwn(PEERS, name))
    throw new RangeError(`Expected peers among ${Object.keys(PEERS)}, received ${name}.`);
}
if (!(rounds >= 1)) throw new RangeError(`Expected at least one round, received ${options.rounds}.`);

const machine = describeMachine();
const missing = install(names);
const present = names.filter((name) => !(name in missing));
const crew = new Crew();

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text === '' ? '' : styleText('dim', text)}`);
}

async function measureRuns(title, runs) {
  const chosen = runs.filter(({ peer }) => present.includes(peer)).map((run) => withThreads(run, machine.threads));
  const outcomes = await measure(crew, chosen, {
    rounds,
    cores: machine.cores,
    progress: (step) => progress(`${title}: ${step}`),
  });
  progress('');
  return outcomes;
}

async function measureCurve({ name, title, sizes, at }) {
  const points = [];
  const thinned = options.quick && sizes.length > 4;
  for (const size of thinned ? sizes.filter((_, i) => i % 3 === 0) : sizes) {
    points.push(...pointResults(size, await measureRuns(`${title} at ${size}`, at(size))));
  }
  return { name, title, points };
}

function printStart() {
  for (const [name, text] of machineLines(machine)) console.log(`${styleText('dim', name.padEnd(10))} ${text}`);
  console.log(`${styleText('dim', 'pinned'.padEnd(10))} ${Object.keys(pins(1)).join(', ')}: 1 or ${machine.threads}`);
  for (const [name, reason] of Object.entries(missing)) console.log(`${name} is missing: ${reason}`);
  if (isBusy(machine))
    console.log(styleText('yellow', 'The machine is busy with something else: these numbers mean little.'));
}

function write(results) {
  mkdirSync(options.out, { recursive: true });
  const save = (file, text) => writeFileSync(join(options.out, file), text);
  for (const { file, svg } of results.pictures) save(file, svg);
  save('report.md', markdown(results));
  const slim = results.pictures.map(({ file, title }) => ({ file, title }));
  save('results.json', `${JSON.stringify({ ...results, pictures: slim }, null, 2)}\n`);
  const files = ['results.json', 'report.md', ...slim.map(({ file }) => file)];
  console.log(`\nWritten to ${resolve(options.out)}: ${files.join(', ')}`);
}

printStart();
const isChosen = ({ name }) => new RegExp(options.only).test(name);
const results = {
  machine,
  rounds,
  pins: Object.keys(pins(1)),
  versions: crew.versions,
  missing,
  cases: [],
  products: [],
  curves: [],
};
for (const each of cases(machine.threads, machine.simds).filter(isChosen)) {
  const result = caseResult(each, await measureRuns(each.title, each.runs));
  printCase(result);
  results.cases.push(result);
}
if (present.includes('gemm') && isChosen({ name: 'products' })) {
  for (const set of machine.simds) results.products.push(...(await measureProducts(crew, set, progress)));
  printProducts(results.products);
}
for (const curve of curves(machine.threads).filter(isChosen)) results.curves.push(await measureCurve(curve));
crew.stop();
printGoals(results.cases);
write({ ...results, pictures: await pictures(results) });
