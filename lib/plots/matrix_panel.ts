import { elementAt } from '../check';
import { outOfRange, shapeMismatch } from '../errors';
import { pngUrl } from './png';
import type { Panel } from './render';
import type { Predicted } from './scores';

/** Cells are as large as fits a picture of this size; those that would be too small make it larger. */
const [MATRIX, LARGEST_MATRIX] = [480, 1200];
const [LEAST_CELL, MOST_CELL] = [4, 64];
/** What a picture can show, and memory holds. */
const MOST_CLASSES = 2000;
/** More classes than this are an image: an element for each cell would make a file of many megabytes. */
const MOST_ELEMENTS = 60;
/** The shades of cells, from none of a true class to all of it. */
const SHADES = ['#eff6ff', '#1e40af'] as const;
/** Room for a letter and for a line of text. */
const [LETTER, LINE] = [7, 14];

const CELL_TEXT = {
  mark: { type: 'text', fontSize: 12 },
  encoding: {
    text: { field: 'text' },
    color: { condition: { test: 'datum.fraction > 0.5', value: 'white' }, value: '#1f2937' },
  },
} as const;

/** How often each class was taken for each. */
export function matrixPanel(
  truth: readonly number[],
  { classes: predicted, threshold }: Predicted,
  labels: readonly string[] | null,
  normalize: boolean,
): Panel {
  if (truth.length !== predicted.length) {
    throw shapeMismatch('yPred', `as many predictions as targets (${truth.length})`, [predicted.length]);
  }
  const classes = [...truth, ...predicted].reduce((most, label) => Math.max(most, label), 0) + 1;
  if (labels !== null && classes > labels.length) {
    throw outOfRange('labels', `a name for each of the ${classes} classes`, labels.length);
  }
  if (classes > MOST_CLASSES) throw outOfRange('yTrue', `at most ${MOST_CLASSES} classes for a picture`, classes);
  const names = labels ?? Array.from({ length: classes }, (_, label) => String(label));
  const counts = names.map(() => names.map(() => 0));
  for (const [i, label] of truth.entries()) {
    const [row, column] = [elementAt(counts, label), elementAt(predicted, i)];
    row[column] = elementAt(row, column) + 1;
  }
  const step = Math.min(
    MOST_CELL,
    Math.max(Math.min(LEAST_CELL, LARGEST_MATRIX / names.length), MATRIX / names.length),
  );
  const isLong = names.some((name) => name.length * LETTER > step);
  // Labels that would run into each other are left out: those of small cells.
  const overlap = step < LINE ? 'greedy' : false;
  const axis = (field: string, title: string) => ({
    field,
    type: 'nominal',
    sort: null,
    title,
    axis: {
      grid: false,
      labelAngle: field === 'predicted' && isLong ? -40 : 0,
      titlePadding: isLong ? 0 : 10,
      labelOverlap: overlap,
    },
  });
  return {
    title: threshold === null ? 'Confusion matrix' : `Confusion matrix (threshold ${threshold})`,
    width: { step },
    height: { step },
    encoding: { x: axis('predicted', 'predicted class'), y: axis('truth', 'true class') },
    ...(names.length > MOST_ELEMENTS ? imageOf(counts, names, step) : cellsOf(counts, names, step, normalize)),
  };
}

const fractionOf = (count: number, total: number): number => (total === 0 ? 0 : count / total);
const sumOf = (row: readonly number[]): number => row.reduce((sum, count) => sum + count, 0);

/** An element for each cell, with its number where there is room. */
function cellsOf(
  counts: readonly (readonly number[])[],
  names: readonly string[],
  step: number,
  normalize: boolean,
): Panel {
  const values = counts.flatMap((row, t) => {
    const total = sumOf(row);
    return row.map((count, p) => ({
      truth: names[t],
      predicted: names[p],
      fraction: fractionOf(count, total),
      text: normalize ? (total === 0 ? '–' : (count / total).toFixed(2)) : String(count),
    }));
  });
  const scale = { domain: [0, 1], range: SHADES };
  return {
    data: { values },
    layer: [
      {
        mark: { type: 'rect', stroke: 'white', strokeWidth: step < LINE ? 0 : 2 },
        encoding: { color: { field: 'fraction', type: 'quantitative', scale, legend: null } },
      },
      ...(Math.max(...values.map(({ text }) => text.length)) * LETTER > step ? [] : [CELL_TEXT]),
    ],
  };
}

/** A pixel for each cell. */
function imageOf(counts: readonly (readonly number[])[], names: readonly string[], step: number): Panel {
  const side = names.length;
  const [none, all] = SHADES.map((shade) => Buffer.from(shade.slice(1), 'hex')) as [Buffer, Buffer];
  const palette = Uint8Array.from({ length: 256 * 3 }, (_, i) => {
    const [from, to] = [elementAt(none, i % 3), elementAt(all, i % 3)];
    return Math.round(from + ((to - from) * Math.floor(i / 3)) / 255);
  });
  const pixels = new Uint8Array(side * side);
  for (const [t, row] of counts.entries()) {
    const total = sumOf(row);
    pixels.set(
      row.map((count) => Math.round(255 * fractionOf(count, total))),
      t * side,
    );
  }
  const size = side * step;
  const image = { type: 'image', align: 'left', baseline: 'top', aspect: false, width: size, height: size };
  return {
    // The classes of the axes.
    data: { values: names.map((name) => ({ truth: name, predicted: name })) },
    layer: [
      {
        data: { values: [{}] },
        mark: { ...image, smooth: false, url: pngUrl(pixels, side, palette) },
        encoding: { x: { value: 0 }, y: { value: 0 } },
      },
      { mark: { type: 'point', opacity: 0 } },
    ],
  };
}
