import { elementAt } from '../check';
import { outOfRange, shapeMismatch } from '../errors';
import type { Panel } from './render';
import type { Predicted } from './scores';

/** Cells are as large as fits a picture of this size. */
const MATRIX = 480;
const [LEAST_CELL, MOST_CELL] = [4, 64];
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
  const names = labels ?? Array.from({ length: classes }, (_, label) => String(label));
  const counts = names.map(() => names.map(() => 0));
  for (const [i, label] of truth.entries()) {
    const [row, column] = [elementAt(counts, label), elementAt(predicted, i)];
    row[column] = elementAt(row, column) + 1;
  }
  const values = counts.flatMap((row, t) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, p) => ({
      truth: names[t],
      predicted: names[p],
      fraction: total === 0 ? 0 : count / total,
      text: normalize ? (total === 0 ? '–' : (count / total).toFixed(2)) : String(count),
    }));
  });
  const step = Math.min(MOST_CELL, Math.max(LEAST_CELL, MATRIX / names.length));
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
    data: { values },
    encoding: { x: axis('predicted', 'predicted class'), y: axis('truth', 'true class') },
    layer: [
      {
        mark: { type: 'rect', stroke: 'white', strokeWidth: step < LINE ? 0 : 2 },
        encoding: {
          color: {
            field: 'fraction',
            type: 'quantitative',
            scale: { domain: [0, 1], range: ['#eff6ff', '#1e40af'] },
            legend: null,
          },
        },
      },
      ...(Math.max(...values.map(({ text }) => text.length)) * LETTER > step ? [] : [CELL_TEXT]),
    ],
  };
}
