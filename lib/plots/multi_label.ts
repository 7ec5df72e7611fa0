// Pictures of labels of which a sample may have several.
import { outOfRange } from '../errors';
import { seriesEncoding } from './colours';
import { matrixPanel } from './matrix_panel';
import { type Panel, titled } from './render';
import { type ClassScores, USUAL_THRESHOLD } from './scores';

/** Labels that have a matrix each in a report. */
const MOST_MATRICES = 12;
/** Pixels of a title, as much as a matrix and the space beside it. */
const TITLE = 190;
/** Pixels of a row of the table of labels. */
const LINE = 26;

/** A matrix for each label, of those who have it and those who have not. */
export function labelMatrixPanels(
  scores: readonly ClassScores[],
  threshold = USUAL_THRESHOLD,
  normalize = false,
): Panel[] {
  return scores.map(({ label, ...own }) => {
    const predicted = { classes: own.scores.map((score) => Number(score > threshold)), threshold };
    return {
      ...matrixPanel(own.isTrue.map(Number), predicted, ['no', 'yes'], normalize),
      title: { text: label, limit: TITLE },
    };
  });
}

/** As {@link labelMatrixPanels}. Errors: `ERR_OUT_OF_RANGE` for more than a page can show. */
export function fewMatrixPanels(scores: readonly ClassScores[], threshold: number | undefined): Panel[] {
  if (scores.length <= MOST_MATRICES) return labelMatrixPanels(scores, threshold);
  throw outOfRange('yTrue', `at most ${MOST_MATRICES} labels for a matrix each`, scores.length);
}

/** Precision and recall of each label, at one threshold. */
export function labelsPanel(scores: readonly ClassScores[], threshold = USUAL_THRESHOLD): Panel {
  const values = scores.flatMap(({ label, isTrue, scores: own }) => {
    const said = own.filter((score) => score > threshold).length;
    const hits = own.filter((score, row) => score > threshold && isTrue[row]).length;
    // Without a row to count there is no point.
    return [
      { label, series: 'precision', value: hits / said },
      { label, series: 'recall', value: hits / isTrue.filter(Boolean).length },
    ].filter(({ value }) => Number.isFinite(value));
  });
  const axis = { tickCount: 5, format: '.1f' };
  return titled('Precision and recall by label', `at the threshold ${threshold}`, {
    width: 320,
    height: { step: LINE },
    data: { values },
    mark: { type: 'point', filled: true, size: 80, opacity: 1 },
    encoding: {
      x: { field: 'value', type: 'quantitative', title: null, scale: { domain: [0, 1] }, axis },
      y: {
        field: 'label',
        type: 'nominal',
        title: null,
        sort: null,
        scale: { domain: scores.map(({ label }) => label) },
        axis: { grid: true },
      },
      ...seriesEncoding(['precision', 'recall'], { lines: false, points: true }),
    },
  });
}
