import { invalidUse } from '../errors';
import { COLOURS, seriesEncoding } from './colours';
import { seriesNames } from './names';
import { type Panel, titled } from './panel';
import { type Curve, calibrationOf, gainsOf, prOf, rocOf } from './score_curves';
import type { ClassScores } from './scores';

export function rocPanel(scores: readonly ClassScores[]): Panel {
  const titles = { title: 'ROC', x: 'false positive rate', y: 'true positive rate', area: 'AUC' };
  return curvesPanel(scores, rocOf, titles, DIAGONAL);
}

export function calibrationPanel(scores: readonly ClassScores[]): Panel {
  const titles = {
    title: 'Calibration',
    x: 'predicted probability',
    y: 'fraction of positives',
    area: 'Brier',
    isError: true,
  };
  return curvesPanel(scores, calibrationOf, titles, DIAGONAL, true);
}

export function gainsPanel(scores: readonly ClassScores[]): Panel {
  const titles = {
    title: 'Gains',
    x: 'fraction of the samples, highest scores first',
    y: 'fraction of positives found',
    area: 'area',
  };
  return curvesPanel(scores, gainsOf, titles, DIAGONAL);
}

const DIAGONAL: Curve['points'] = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
];

export function prPanel(scores: readonly ClassScores[]): Panel {
  return curvesPanel(scores, prOf, { title: 'Precision and recall', x: 'recall', y: 'precision', area: 'AP' }, []);
}

/** Curves that a reader can tell apart. */
const MOST_CURVES = 20;

interface Titles {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** What tells how good a curve is. */
  readonly area: string;
  /** Whether less of it is better. */
  readonly isError?: boolean;
}

function curvesPanel(
  scores: readonly ClassScores[],
  curveOf: (scores: ClassScores) => Curve,
  titles: Titles,
  chance: Curve['points'],
  hasPoints = false,
): Panel {
  const names = seriesNames(scores.map(({ label }) => label));
  const all = scores.map((own, i) => ({ name: names[i] ?? '', index: i, ...curveOf(own) }));
  // Rates of nothing are no numbers.
  const found = all.filter(({ area }) => Number.isFinite(area));
  if (found.length === 0) {
    throw invalidUse(
      'Expected samples of a class and samples of others for `yTrue`, received samples of one kind. Pass rows of both.',
    );
  }
  const drawn = worstOf(found, titles.isError ?? false);
  const curves = drawn.map(({ name, points, area }) => ({
    series: `${name} (${titles.area} ${area.toFixed(3)})`,
    points,
  }));
  const mean = found.reduce((sum, { area }) => sum + area, 0) / found.length;
  const notes = [
    ...(found.length > 1 ? [`mean ${titles.area} ${mean.toFixed(3)}`] : []),
    ...(drawn.length < found.length ? [`the worst ${drawn.length} of ${found.length} curves`] : []),
    ...(found.length < all.length ? [`${all.length - found.length} have one kind of samples alone`] : []),
  ];
  const axis = (field: string, title: string) => ({
    field,
    type: 'quantitative',
    title,
    scale: { domain: [0, 1] },
    axis: { tickCount: 5, format: '.1f' },
  });
  const series = curves.map((curve) => curve.series);
  return titled(titles.title, notes.join(', '), {
    width: 320,
    height: 320,
    layer: [
      {
        data: { values: chance },
        mark: { type: 'line', color: COLOURS.grey, strokeDash: [4, 4], strokeWidth: 1.5 },
        encoding: { x: axis('x', titles.x), y: axis('y', titles.y) },
      },
      {
        data: {
          values: curves.flatMap(({ series, points }) => points.map((point, order) => ({ ...point, order, series }))),
        },
        mark: { type: 'line', strokeWidth: 2.5, point: hasPoints && { size: 40 } },
        encoding: {
          x: axis('x', titles.x),
          y: axis('y', titles.y),
          order: { field: 'order' },
          ...seriesEncoding(series, { points: hasPoints, legend: { columns: 1 } }),
        },
      },
    ],
  });
}

/** Those that a reader looks for, in their order, where there are too many to tell apart. */
function worstOf<C extends { readonly area: number; readonly index: number }>(
  curves: readonly C[],
  isError: boolean,
): readonly C[] {
  if (curves.length <= MOST_CURVES) return curves;
  const sorted = [...curves].sort((a, b) => (isError ? b.area - a.area : a.area - b.area));
  return sorted.slice(0, MOST_CURVES).sort((a, b) => a.index - b.index);
}
