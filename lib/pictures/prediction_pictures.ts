import { outOfRange } from '../errors';
import { type ShapedArray, type TensorLike, toFloats } from '../tensor';
import { calibrationPanel, gainsPanel, prPanel, rocPanel } from './class_panels';
import type { Draw } from './html';
import { matrixPanel } from './matrix_panel';
import { fewMatrixPanels, labelsPanel } from './multi_label';
import { pairsOf, predictedPanel, residualPanels } from './number_panels';
import { areMultiLabel, type ClassScores, predictedClasses, scoresByClass, toClasses } from './scores';

interface Options {
  readonly labels: readonly string[] | null;
  readonly threshold: number | undefined;
}

/** The pictures that show how well predictions agree with targets: of classes, or of numbers. */
export function predictionPictures(yTrue: TensorLike, yPred: TensorLike, { labels, threshold }: Options): Draw[] {
  const classes = columnsOf(toFloats(yPred, 'float64', 'yPred'));
  const scores = once(() => scoresByClass(yTrue, yPred, labels));
  if (areMultiLabel(toFloats(yTrue, 'float64', 'yTrue'))) {
    return [
      { what: 'Precision and recall by label', panels: () => [labelsPanel(scores(), threshold)] },
      { what: 'Confusion matrices', panels: () => fewMatrixPanels(scores(), threshold) },
      ...scorePictures(classes, scores),
    ];
  }
  const pairs = once(() => pairsOf(yTrue, yPred, labels));
  const matrix = () => matrixPanel(toClasses(yTrue, 'yTrue'), predictedClasses(yPred, threshold), labels, false);
  if (threshold === undefined && !areClasses(yTrue, yPred)) {
    return [
      { what: 'Predicted over true', panels: () => [predictedPanel(pairs())] },
      { what: 'Residuals', panels: () => residualPanels(pairs()) },
    ];
  }
  return [{ what: 'Confusion matrix', panels: () => [matrix()] }, ...scorePictures(classes, scores)];
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Classes of which a report looks at each. */
const MOST_CLASSES = 50;

function scorePictures(classes: number, all: () => readonly ClassScores[]): Draw[] {
  const scores = (): readonly ClassScores[] => {
    if (classes <= MOST_CLASSES) return all();
    throw outOfRange('yTrue', `at most ${MOST_CLASSES} classes for a curve each`, classes);
  };
  return [
    { what: 'ROC', panels: () => [rocPanel(scores())] },
    { what: 'Precision and recall', panels: () => [prPanel(scores())] },
    { what: 'Calibration', panels: () => [calibrationPanel(scores())] },
    { what: 'Gains', panels: () => [gainsPanel(scores())] },
  ];
}

/** Whether targets are classes that predictions are about: indices, or one-hot rows. */
function areClasses(yTrue: TensorLike, yPred: TensorLike): boolean {
  const [truth, predicted] = [toFloats(yTrue, 'float64', 'yTrue'), toFloats(yPred, 'float64', 'yPred')];
  const classes = columnsOf(predicted);
  // Rows of zeros and ones with another number of ones are of several labels.
  const isOneHot = truth.shape.length === 2 && truth.data.every((value) => value === 0 || value === 1);
  if (columnsOf(truth) > 1) return columnsOf(truth) === classes && isOneHot;
  const most = classes > 1 ? classes : 2;
  if (truth.data.every((label) => Number.isInteger(label) && label >= 0 && label < most)) return true;
  const isClass = (label: number): boolean => Number.isInteger(label) && label >= 0;
  return classes === 1 && truth.data.every(isClass) && predicted.data.every(isClass);
}

function columnsOf({ shape }: ShapedArray): number {
  return shape.length < 2 ? 1 : (shape.at(-1) ?? 1);
}
