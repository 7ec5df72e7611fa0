import { elementAt } from '../../check';
import { batchOf } from '../../layers/batch_shape';
import type { Layer } from '../../layers/layer';
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

const CHAIN = { titles: ['Layer (type)', 'Output Shape', 'Param #'], widths: [33, 24, 13] };
const GRAPH = { titles: [...CHAIN.titles, 'Connected to'], widths: [21, 19, 12, 19] };
const PARAMS = 2;
const FLOAT_BYTES = 4;

/** Keras' table of a model. */
export function summaryText(parts: SummaryParts): string {
  const { layers, connections } = parts;
  const { titles, widths } = connections === null ? CHAIN : GRAPH;
  const rows = layers.map((layer) => {
    const last = connections === null ? [] : [connections.get(layer) ?? '-'];
    return row([...cells(layer), ...last], widths, '│');
  });
  return [
    `Model: "${parts.name}"`,
    rule(widths, '┏', '━', '┳', '┓'),
    row(titles, widths, '┃'),
    rule(widths, '┡', '━', '╇', '┩'),
    ...(rows.length === 0 ? [] : [rows.join(`\n${rule(widths, '├', '─', '┼', '┤')}\n`)]),
    rule(widths, '└', '─', '┴', '┘'),
    ...totals(parts),
    '',
  ].join('\n');
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
  const all = layers.reduce((sum, layer) => sum + layer.countParams(), 0);
  const trainable = trainedVariables({ layers, trainable: trains }).reduce((sum, { size }) => sum + size, 0);
  const lines = [
    total('Total', all + (optimizerParams ?? 0)),
    total('Trainable', trainable),
    total('Non-trainable', all - trainable),
  ];
  if (optimizerParams !== null) lines.push(total('Optimizer', optimizerParams));
  return [...lines, ...notes.map((note) => ` ${note}`)];
}

function total(kind: string, params: number): string {
  return ` ${kind} params: ${grouped(params)} (${readableMemorySize(FLOAT_BYTES * params)})`;
}

function cells(layer: Layer): string[] {
  const title = `${layer.name} (${layer.className})`;
  if (layer.outputShape === null) return [title, '?', '0 (unbuilt)'];
  return [title, `(${batchOf(layer.outputShape.slice(1) as number[])})`, grouped(layer.countParams())];
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function rule(widths: readonly number[], left: string, line: string, middle: string, right: string): string {
  return left + widths.map((width) => line.repeat(width + 2)).join(middle) + right;
}

/** A line of the table, or several where a cell is too long for one. */
function row(texts: readonly string[], widths: readonly number[], border: string): string {
  const columns = texts.map((text, column) => wrap(text, elementAt(widths, column)));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const padded = columns.map((lines, column) => {
      const text = lines[line] ?? '';
      const width = elementAt(widths, column);
      return column === PARAMS ? text.padStart(width) : text.padEnd(width);
    });
    return `${border} ${padded.join(` ${border} `)} ${border}`;
  }).join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > 0 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
