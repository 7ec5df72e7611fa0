// What threads draw, so that the event loop does not wait.
import type { FloatArray } from '../native';
import { type ShapedArray, toFloats } from '../tensor';
import { calibrationPanel, gainsPanel, prPanel, rocPanel } from './class_panels';
import { draw, type Format, SVG } from './draw';
import { binned } from './histogram';
import { row } from './html';
import { matrixPanel } from './matrix_panel';
import { labelMatrixPanels } from './multi_label';
import { pairsOf, predictedPanel, residualPanels } from './number_panels';
import { type PlotSpec, panels } from './panel';
import { predictionPictures } from './prediction_pictures';
import { areMultiLabel, predictedClasses, scoresByClass, toClasses } from './scores';

/** Targets and predictions of the same rows, and what the pictures of them take. */
export interface Predictions {
  readonly yTrue: ShapedArray;
  readonly yPred: ShapedArray;
  readonly labels: readonly string[] | null;
  readonly threshold?: number | undefined;
  readonly normalize?: boolean;
}

/** As float64, at once for all that is drawn of them. */
interface Numbers extends Predictions {
  readonly yTrue: ShapedArray<FloatArray>;
  readonly yPred: ShapedArray<FloatArray>;
}

function numbersOf<P extends Predictions>(given: P): P & Numbers {
  const [yTrue, yPred] = [toFloats(given.yTrue, 'float64', 'yTrue'), toFloats(given.yPred, 'float64', 'yPred')];
  return { ...given, yTrue, yPred };
}

const COLUMNS = 2;
const MATRIX_COLUMNS = 4;

const PICTURES = {
  confusion(given: Numbers): PlotSpec {
    const { yTrue, yPred, labels, threshold, normalize = false } = given;
    if (areMultiLabel(yTrue)) {
      const scores = scoresByClass(yTrue, yPred, labels);
      return panels(labelMatrixPanels(scores, threshold, normalize), MATRIX_COLUMNS);
    }
    const predicted = predictedClasses(yPred, threshold);
    return panels([matrixPanel(toClasses(yTrue, 'yTrue'), predicted, labels, normalize)]);
  },
  roc: (given: Numbers) => panels([rocPanel(scoresIn(given))]),
  precision: (given: Numbers) => panels([prPanel(scoresIn(given))]),
  calibration: (given: Numbers) => panels([calibrationPanel(scoresIn(given))]),
  gains: (given: Numbers) => panels([gainsPanel(scoresIn(given))]),
  residuals: (given: Numbers) => panels(residualPanels(pairsIn(given)), COLUMNS),
  predicted: (given: Numbers) => panels([predictedPanel(pairsIn(given))]),
};

export type PredictionPicture = keyof typeof PICTURES;

const scoresIn = ({ yTrue, yPred, labels }: Numbers) => scoresByClass(yTrue, yPred, labels);
const pairsIn = ({ yTrue, yPred, labels }: Numbers) => pairsOf(yTrue, yPred, labels);

/** A picture, and its memory. */
interface Drawn {
  readonly value: string | Uint8Array;
  readonly moved: readonly ArrayBuffer[];
}

async function drawn(spec: PlotSpec, format: Format): Promise<Drawn> {
  const value = await draw(spec, format);
  return { value, moved: [] };
}

/** Draws what was described elsewhere. */
export function drawSpec({ spec, format }: { readonly spec: PlotSpec; readonly format: Format }) {
  return drawn(spec, format);
}

/** Draws how well predictions agree with targets. */
export async function drawPredictions({
  picture,
  format,
  ...given
}: Predictions & { readonly picture: PredictionPicture; readonly format: Format }) {
  return drawn(PICTURES[picture](numbersOf(given)), format);
}

/** Counts numbers for a histogram. */
export function countBins(data: Float32Array) {
  return Promise.resolve({ value: binned(data), moved: [] });
}

/** The part of a report about predictions, as HTML. */
export async function predictionsHtml(given: Predictions) {
  const { yTrue, yPred, labels, threshold } = numbersOf(given);
  const render = async (spec: PlotSpec) => String(await draw(spec, SVG));
  return { value: await row(predictionPictures(yTrue, yPred, { labels, threshold }), render), moved: [] };
}
