// Pictures of labels of which a sample may have several.
import { outOfRange } from '../errors';
import { seriesEncoding } from './colours';
import { countsPanel } from './matrix_panel';
import { distinct, seriesNames, shortened } from './names';
import { type Panel, titled } from './panel';
import { type ClassScores, USUAL_THRESHOLD } from './scores';

/** Labels that have a matrix each in a report. */
const MOST_MATRICES = 12;
/** Letters of a title, as much as a matrix and the space beside it. */
const TITLE = 22;
/** Pixels of a row of the table of labels. */
const LINE = 26;

/** A matrix for each label, of those who have it and those who have not. */
export function labelMatrixPanels(
  scores: readonly ClassScores[],
  threshold = USUAL_THRESHOLD,
  normalize = false,
): Panel[] {
  const titles = distinct(scores.map(({ label }) => shortened(label, TITLE)));
  return scores.map((own, i) => {
    const { hits, said, positives, negatives } = countsAbove(own, threshold);
    const alarms = said - hits;
    const counts = [
      [negatives - alarms, alarms],
      [positives - hits, hits],
    ];
    return countsPanel(titles[i] ?? '', counts, ['no', 'yes'], normalize);
  });
}

/** How many scores are above a threshold: of the samples of a class, and of all. */
function countsAbove({ positives, negatives }: ClassScores, threshold: number) {
  const above = (scores: Float64Array): number => scores.reduce((count, score) => count + Number(score > threshold), 0);
  const hits = above(positives);
  return { hits, said: hits + above(negatives), positives: positives.length, negatives: negatives.length };
}

/** As {@link labelMatrixPanels}. Errors: `ERR_OUT_OF_RANGE` for more than a page can show. */
export function fewMatrixPanels(scores: readonly ClassScores[], threshold: number | undefined): Panel[] {
  if (scores.length <= MOST_MATRICES) return labelMatrixPanels(scores, threshold);
  throw outOfRange('yTrue', `at most ${MOST_MATRICES} labels for a matrix each`, scores.length);
}

/** Precision and recall of each label, at one threshold. */
export function labelsPanel(scores: readonly ClassScores[], threshold = USUAL_THRESHOLD): Panel {
  const labels = seriesNames(scores.map(({ label }) => label));
  const values = scores.flatMap((own, i) => {
    const { hits, said, positives } = countsAbove(own, threshold);
    // Without a row to count there is no point.
    return [
      { label: labels[i], series: 'precision', value: hits / said },
      { label: labels[i], series: 'recall', value: hits / positives },
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
        scale: { domain: labels },
        axis: { grid: true, labelLimit: 0 },
      },
      ...seriesEncoding(['precision', 'recall'], { lines: false, points: true }),
    },
  });
}
