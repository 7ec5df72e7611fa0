import { elementAt } from '../../check';
import { batchOf } from '../../layers/batch_shape';
import type { Layer } from '../../layers/layer';
import type { Variable } from '../../layers/variable';
import { allLayers } from '../../nesting';
import { trainedVariables } from './trainable';

export interface SummaryParts {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly trainable: boolean;
  /** What each layer is applied to; null where each one is to the one before. */
  readonly connections: ReadonlyMap<Layer, string> | null;
  /** Elements of the optimizer's variables; null before there are any. */
  readonly optimizerParams: number | null;
  /** What `compile` made of losses and last activations. */
  readonly notes: readonly string[];
}

/** What is shown beside the layers themselves. */
export interface SummaryColumns {
  /** Layers within layers, too. */
  readonly expandNested: boolean;
  /** Whether each one trains. */
  readonly showTrainable: boolean;
}

/** The most layers of which `console.log` shows each. */
const MOST_SHOWN = 24;

/** What `console.log` shows of a model: a line for it, and one for each layer. */
export function shortText(className: string, { name, layers }: Pick<SummaryParts, 'name' | 'layers'>): string {
  const texts = layers.map((layer) => [`${layer.name} (${layer.className})`, shapeText(layer), paramsText(layer)]);
  const left = texts.length - MOST_SHOWN;
  const shown = left > 0 ? texts.slice(0, MOST_SHOWN) : texts;
  const widthOf = (column: number): number => Math.max(...shown.map((one) => elementAt(one, column).length));
  const rows = shown.map(
    ([title = '', shape = '', count = '']) =>
      `  ${title.padEnd(widthOf(0))}  ${shape.padEnd(widthOf(1))}  ${count.padStart(widthOf(2))}`,
  );
  const title = `${className} '${name}' (${counted(layers.length, 'layer')}, ${counted(grouped(countOf(layers)), 'parameter')})`;
  return [title, ...rows, ...(left > 0 ? [`  ... ${counted(left, 'more layer')}`] : [])].join('\n');
}

function counted(count: number | string, what: string): string {
  return `${count} ${what}${String(count) === '1' ? '' : 's'}`;
}

interface Column {
  readonly title: string;
  /** Where it ends, of the whole line. */
  readonly end: number;
  readonly align: 'left' | 'right' | 'center';
  readonly textOf: (layer: Layer) => string;
}

const LINE = 80;
const FLOAT_BYTES = 4;

/** Keras' table of a model. */
export function summaryText(parts: SummaryParts, { expandNested, showTrainable }: SummaryColumns): string {
  const columns = columnsOf(parts.connections, showTrainable);
  const widths = widthsOf(columns);
  const rows = listed(parts.layers, expandNested).map(({ layer, depth }) => {
    const [title = '', ...rest] = columns.map(({ textOf }) => textOf(layer));
    const prefix = depth === 0 ? '' : `${'   '.repeat(depth)}└ `;
    return row([prefix + title, ...rest], columns, widths, '│');
  });
  const titles = columns.map(({ title }) => title);
  return [
    `Model: "${parts.name}"`,
    rule(widths, '┏', '━', '┳', '┓'),
    row(titles, columns, widths, '┃'),
    rule(widths, '┡', '━', '╇', '┩'),
    ...(rows.length === 0 ? [] : [rows.join(`\n${rule(widths, '├', '─', '┼', '┤')}\n`)]),
    rule(widths, '└', '─', '┴', '┘'),
    ...totals(parts),
    '',
  ].join('\n');
}

function columnsOf(connections: SummaryParts['connections'], showTrainable: boolean): Column[] {
  const isChain = connections === null;
  const columns: Column[] = [
    {
      title: 'Layer (type)',
      end: isChain ? 0.45 : 0.3,
      align: 'left',
      textOf: ({ name, className }) => `${name} (${className})`,
    },
    { title: 'Output Shape', end: isChain ? 0.8 : 0.56, align: 'left', textOf: shapeText },
    { title: 'Param #', end: isChain ? 1 : 0.74, align: 'right', textOf: paramsText },
  ];
  if (!isChain) {
    columns.push({ title: 'Connected to', end: 1, align: 'left', textOf: (layer) => connections.get(layer) || '-' });
  }
  if (!showTrainable) return columns;
  return [
    ...columns.map((column) => ({ ...column, end: 0.9 * column.end })),
    { title: 'Trainable', end: 1, align: 'center', textOf: trainableText },
  ];
}

/** The parts of the line, from each of which borders and margins take as much. */
function widthsOf(columns: readonly Column[]): number[] {
  const ends = columns.map(({ end }) => Math.trunc(end * LINE));
  let rest = 3 * columns.length + 1;
  return ends.map((end, i) => {
    const less = roundToEven(rest / (columns.length - i));
    rest -= less;
    return end - (ends[i - 1] ?? 0) - less;
  });
}

/** As Python rounds. */
function roundToEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

function listed(layers: readonly Layer[], expandNested: boolean, depth = 0): { layer: Layer; depth: number }[] {
  return layers.flatMap((layer) => [
    { layer, depth },
    ...(expandNested ? listed(layer.parts, expandNested, depth + 1) : []),
  ]);
}

/** `257.58 KB` */
export function readableMemorySize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = bytes;
  for (const unit of units) {
    if (size < 1024) return `${size.toFixed(2)} ${unit}`;
    size /= 1024;
  }
  return `${size.toFixed(2)} PB`;
}

function totals({ layers, trainable: trains, optimizerParams, notes }: SummaryParts): string[] {
  const all = countOf(layers);
  const trainable = sizeOfAll(trainedVariables({ layers, trainable: trains }));
  const lines = [
    total('Total', all + (optimizerParams ?? 0)),
    total('Trainable', trainable),
    total('Non-trainable', all - trainable),
  ];
  if (optimizerParams !== null) lines.push(total('Optimizer', optimizerParams));
  return [...lines, ...notes.map((note) => ` ${note}`)];
}

/** The weights of all layers, each once. */
function countOf(layers: readonly Layer[]): number {
  return sizeOfAll(allLayers(layers).flatMap(({ ownVariables }) => ownVariables));
}

function sizeOfAll(variables: readonly Variable[]): number {
  return variables.reduce((sum, { size }) => sum + size, 0);
}

function total(kind: string, params: number): string {
  return ` ${kind} params: ${grouped(params)} (${readableMemorySize(FLOAT_BYTES * params)})`;
}

function shapeText({ outputShape }: Layer): string {
  if (outputShape === null) return '?';
  const shapes = (
    typeof outputShape[0] === 'object' && outputShape[0] !== null ? outputShape : [outputShape]
  ) as unknown;
  const texts = (shapes as readonly (readonly number[])[]).map((shape) => `(${batchOf(shape.slice(1))})`);
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`;
}

function paramsText(layer: Layer): string {
  return layer.built ? grouped(layer.countParams()) : '0 (unbuilt)';
}

function trainableText({ variables, trainable }: Layer): string {
  if (variables.length === 0) return '-';
  return trainable ? 'Y' : 'N';
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function rule(widths: readonly number[], left: string, line: string, middle: string, right: string): string {
  return left + widths.map((width) => line.repeat(width + 2)).join(middle) + right;
}

/** A line of the table, or several where a cell is too long for one. */
function row(texts: readonly string[], columns: readonly Column[], widths: readonly number[], border: string): string {
  const cells = texts.map((text, column) => wrap(text, elementAt(widths, column)));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const padded = cells.map((lines, i) => aligned(lines[line] ?? '', elementAt(widths, i), columns[i]?.align));
    return `${border} ${padded.join(` ${border} `)} ${border}`;
  }).join('\n');
}

function aligned(text: string, width: number, align: Column['align'] | undefined): string {
  if (align === 'right') return text.padStart(width);
  const left = align === 'center' ? Math.floor((width - text.length) / 2) : 0;
  return (' '.repeat(Math.max(0, left)) + text).padEnd(width);
}

/** Lines of whole words; one that is too long is cut. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.trimStart().split(' ')) {
    if (line !== undefined && line.length + 1 + word.length > width) {
      lines.push(line);
      line = undefined;
    }
    line = line === undefined ? word : `${line} ${word}`;
  }
  const indent = text.slice(0, text.length - text.trimStart().length);
  return [...lines, line ?? ''].map((one, i) => {
    const whole = i === 0 ? indent + one : one;
    return whole.length <= width ? whole : `${whole.slice(0, width - 1)}…`;
  });
}
