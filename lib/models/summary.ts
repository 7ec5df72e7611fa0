import { batchOf, type Layer } from '../layers/layer';

export interface SummaryParts {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** Elements of the optimizer's variables; null before there are any. */
  readonly optimizerParams: number | null;
  /** What `compile` made of loss and last activation. */
  readonly note: string | null;
}

const WIDTHS = [33, 24, 13] as const;
const FLOAT_BYTES = 4;

/** Keras' table of a model. */
export function summaryText(parts: SummaryParts): string {
  const rows = parts.layers.map((layer) => row(cells(layer), '│'));
  return [
    `Model: "${parts.name}"`,
    rule('┏', '━', '┳', '┓'),
    row(['Layer (type)', 'Output Shape', 'Param #'], '┃'),
    rule('┡', '━', '╇', '┩'),
    ...(rows.length === 0 ? [] : [rows.join(`\n${rule('├', '─', '┼', '┤')}\n`)]),
    rule('└', '─', '┴', '┘'),
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

function totals({ layers, optimizerParams, note }: SummaryParts): string[] {
  const trainable = layers.reduce((sum, layer) => sum + layer.countParams(), 0);
  const lines = [
    total('Total', trainable + (optimizerParams ?? 0)),
    total('Trainable', trainable),
    total('Non-trainable', 0),
  ];
  if (optimizerParams !== null) lines.push(total('Optimizer', optimizerParams));
  if (note !== null) lines.push(` ${note}`);
  return lines;
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

function rule(left: string, line: string, middle: string, right: string): string {
  return left + WIDTHS.map((width) => line.repeat(width + 2)).join(middle) + right;
}

/** A line of the table, or several where a cell is too long for one. */
function row(texts: readonly string[], border: string): string {
  const columns = texts.map((text, column) => wrap(text, WIDTHS[column] ?? 0));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const padded = columns.map((lines, column) => {
      const text = lines[line] ?? '';
      const width = WIDTHS[column] ?? 0;
      return column === WIDTHS.length - 1 ? text.padStart(width) : text.padEnd(width);
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
