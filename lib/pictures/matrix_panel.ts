import { elementAt } from '../check';
import { outOfRange, shapeMismatch } from '../errors';

import { INK } from './colours';
import { distinct, shortened } from './names';
import type { Panel } from './panel';
import { pngUrl } from './png';
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

/** Letters of a class that have room beside a matrix. */
const LETTERS = 30;
/** The sine of the angle of names below a matrix. */
const SLANT = Math.sin((40 * Math.PI) / 180);

/** How often each class was taken for each. */
export function matrixPanel(
  truth: ArrayLike<number>,
  { classes: predicted, threshold }: Predicted,
  labels: readonly string[] | null,
  normalize: boolean,
): Panel {
  if (truth.length !== predicted.length) {
    throw shapeMismatch('yPred', `as many predictions as targets (${truth.length})`, [predicted.length]);
  }
  const classes = 1 + Math.max(greatest(truth), greatest(predicted));
  if (labels !== null && classes > labels.length) {
    throw outOfRange('labels', `a name for each of the ${classes} classes`, labels.length);
  }
  if (classes > MOST_CLASSES) throw outOfRange('yTrue', `at most ${MOST_CLASSES} classes for a picture`, classes);
  const names = labels ?? Array.from({ length: classes }, (_, label) => String(label));
  const counts = names.map(() => names.map(() => 0));
  for (let i = 0; i < truth.length; i++) {
    const [row, column] = [elementAt(counts, elementAt(truth, i)), elementAt(predicted, i)];
    row[column] = elementAt(row, column) + 1;
  }
  const title = threshold === null ? 'Confusion matrix' : `Confusion matrix (threshold ${threshold})`;
  return countsPanel(title, counts, names, normalize);
}

function greatest(classes: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < classes.length; i++) most = Math.max(most, elementAt(classes, i));
  return most;
}

/** A matrix of counts, a row for each true class. */
export function countsPanel(
  title: string,
  counts: readonly (readonly number[])[],
  classNames: readonly string[],
  normalize: boolean,
): Panel {
  const names = distinct(classNames.map((name) => shortened(name, LETTERS)));
  const step = Math.min(
    MOST_CELL,
    Math.max(Math.min(LEAST_CELL, LARGEST_MATRIX / names.length), MATRIX / names.length),
  );
  const letters = names.reduce((most, name) => Math.max(most, name.length), 0);
  // Numbers stand upright, and some of them are enough.
  const isSlanted = letters * LETTER > step && letters > String(names.length).length;
  const below = isSlanted ? LINE / SLANT : step < LINE ? (letters + 1) * LETTER : step;
  const axis = (field: string, axisTitle: string, room: number) => ({
    field,
    type: 'nominal',
    sort: null,
    title: axisTitle,
    axis: {
      grid: false,
      labelAngle: field === 'predicted' && isSlanted ? -40 : 0,
      titlePadding: 10,
      labelLimit: 0,
      labelOverlap: false,
      values: every(names, Math.ceil(room / step)),
    },
  });
  const isImage = names.length > MOST_ELEMENTS;
  const drawn = isImage ? imageOf(counts, names, step) : cellsOf(counts, names, step, normalize);
  const subtitle = drawn.hasNumbers ? '' : 'the darker, the larger the part of the true class';
  return {
    title: { text: title, subtitle, subtitleColor: INK.label, subtitleFontSize: 12, subtitlePadding: 6 },
    width: { step },
    height: { step },
    encoding: { x: axis('predicted', 'predicted class', below), y: axis('truth', 'true class', LINE) },
    ...drawn.panel,
  };
}

/** Every n-th of these, from the first on. */
function every(names: readonly string[], n: number): readonly string[] {
  return names.filter((_, i) => i % n === 0);
}

/** What is drawn, and whether cells have their numbers. */
interface Drawn {
  readonly panel: Panel;
  readonly hasNumbers: boolean;
}

const fractionOf = (count: number, total: number): number => (total === 0 ? 0 : count / total);
const sumOf = (row: readonly number[]): number => row.reduce((sum, count) => sum + count, 0);

/** An element for each cell, with its number where there is room. */
function cellsOf(
  counts: readonly (readonly number[])[],
  names: readonly string[],
  step: number,
  normalize: boolean,
): Drawn {
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
  const cells = {
    mark: { type: 'rect', stroke: 'white', strokeWidth: step < LINE ? 0 : 2 },
    encoding: { color: { field: 'fraction', type: 'quantitative', scale, legend: null } },
  };
  const hasNumbers = Math.max(...values.map(({ text }) => text.length)) * LETTER <= step;
  return { panel: { data: { values }, layer: hasNumbers ? [cells, CELL_TEXT] : [cells] }, hasNumbers };
}

/** A pixel for each cell. */
function imageOf(counts: readonly (readonly number[])[], names: readonly string[], step: number): Drawn {
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
  const panel = {
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
  return { panel, hasNumbers: false };
}
