// The results in words: tables for the terminal, and Markdown.
import { styleText } from 'node:util';
import { quantity } from './format.mjs';
import { machineLines } from './machine.mjs';
import { baseOf } from './results.mjs';
import { PRODUCTS_NOTE, productRows } from './sets.mjs';

const MARKS = { true: '✓ met', false: '✗ missed', null: '– not measured' };

const spread = ({ q1, q3 }, unit) => `${quantity(q1, unit)} … ${quantity(q3, unit)}`;

/** The columns of a case's table. */
function columnsOf(result) {
  const { unit, rate } = result;
  const base = baseOf(result);
  const columns = [
    ['median', ({ median }) => quantity(median, unit)],
    ['min', ({ min }) => quantity(min, unit)],
    ['quartiles', (run) => spread(run, unit)],
  ];
  if (rate) columns.push(['rate', ({ amount, median }) => (amount ? quantity(amount / median, rate) : '')]);
  if (base) {
    const ratio = ({ median, other }) => (other ? '' : `${quantity(median / base.median, 'ratio')} ×`);
    columns.push([`to ${base.label}`, ratio]);
  }
  return columns;
}

function runRows(result) {
  const columns = columnsOf(result);
  const cells = (run) => {
    if (run.error) return [run.label, run.error, ...columns.slice(1).map(() => '')];
    const label = run.scale > 1 ? `${run.label} *` : run.label;
    return [label, ...columns.map(([, cell]) => cell(run))];
  };
  return [['', ...columns.map(([title]) => title)], ...result.runs.map(cells)];
}

const NOTE = '* measured on a part of the data, and scaled';

const isScaled = ({ runs }) => runs.some(({ scale }) => scale > 1);

const goalText = ({ sign, limit, text, unit }) => `${sign} ${quantity(limit, unit)} ${text}`;

function goalCells(goal) {
  if (goal.met === null) return [goalText(goal), '—', '', MARKS[goal.met]];
  return [goalText(goal), quantity(goal.median, goal.unit), spread(goal, goal.unit), MARKS[goal.met]];
}

const goalRows = (results) =>
  results.flatMap(({ title, goals }) => goals.map((goal, i) => [i === 0 ? title : '', ...goalCells(goal)]));

/** The first column to the left, numbers to the right. */
function align(rows, left = 1) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  return rows.map((cells) =>
    cells
      .map((text, i) => (i < left ? text.padEnd(widths[i]) : text.padStart(widths[i])))
      .join('   ')
      .trimEnd(),
  );
}

const colour = (mark, text) => styleText(mark === MARKS.true ? 'green' : mark === MARKS.false ? 'red' : 'dim', text);

export function printCase(result) {
  const [head, ...rows] = align(runRows(result));
  console.log(`\n${styleText('bold', result.title)}\n  ${styleText('dim', head)}`);
  for (const row of rows) console.log(`  ${row}`);
  if (isScaled(result)) console.log(`  ${styleText('dim', NOTE)}`);
  for (const cells of result.goals.map(goalCells)) {
    const [text, value, , mark] = cells;
    console.log(`  ${colour(mark, mark)}: ${value}, goal ${text}`);
  }
}

export function printProducts(products) {
  console.log(`\n${styleText('bold', "The library's products against OpenBLAS'")}`);
  for (const line of align(productRows(products))) console.log(`  ${line}`);
  console.log(`  ${styleText('dim', PRODUCTS_NOTE)}`);
}

export function printGoals(results) {
  const rows = goalRows(results);
  if (rows.length === 0) return;
  console.log(`\n${styleText('bold', 'Goals')}`);
  align(rows, 2).forEach((line, i) => {
    console.log(`  ${colour(rows[i].at(-1), line)}`);
  });
}

const tableOf = ([head, ...rows], numbers) => {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i < numbers ? '---' : '---:'))), ...rows.map(line)].join('\n');
};

/** Settings and peers in sentences. */
function conditions({ rounds, versions, missing, pins }) {
  const lines = Object.entries(versions).map(([key, version]) => `- \`${key}\`: ${version}`);
  const gone = Object.entries(missing).map(([key, reason]) => `- \`${key}\` is missing: ${reason}`);
  const how = `Medians of ${rounds} interleaved round(s) after a warm-up; a child's threads are pinned by ${pins.join(', ')}.`;
  return [how, '', ...lines, ...gone].join('\n');
}

export function markdown(results) {
  const goals = goalRows(results.cases);
  const sections = results.cases.map((result) => {
    const note = isScaled(result) ? `\n\n\\${NOTE}` : '';
    return `### ${result.title}\n\n${tableOf(runRows(result), 1)}${note}`;
  });
  return `${[
    '## The machine',
    machineLines(results.machine)
      .map(([name, text]) => `- ${name}: ${text}`)
      .join('\n'),
    conditions(results),
    ...(goals.length > 0 ? ['## Goals', tableOf([['work', 'goal', 'measured', 'quartiles', ''], ...goals], 2)] : []),
    ...(results.products.length > 0
      ? ["## The library's products against OpenBLAS'", tableOf(productRows(results.products), 1), PRODUCTS_NOTE]
      : []),
    ...results.pictures.map(({ file, title }) => `![${title}](${file})`),
    '## Cases',
    ...sections,
  ].join('\n\n')}\n`;
}
