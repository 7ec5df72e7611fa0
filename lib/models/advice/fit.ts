import { elementAt } from '../../check';
import { listed } from '../../errors';
import { countsOf, isSorted } from './classes';
import type { Features, FitFacts, Targets } from './data';
import { type Check, isOfNumbers } from './outputs';
import type { Sample } from './sample';

/** What the data of `fit` are looked through for. */
export const FIT_CHECKS: readonly Check<FitFacts>[] = [
  { code: 'GEMSBOK_SPLIT', find: ({ targets }) => targets.map(unevenSplit) },
  { code: 'GEMSBOK_CLASS_WEIGHT', find: (facts) => facts.targets.map((one) => otherClasses(one, facts)) },
  { code: 'GEMSBOK_RARE_CLASS', find: (facts) => facts.targets.map((one) => rareClass(one, facts)) },
  { code: 'GEMSBOK_FEATURE_SCALES', find: ({ features }) => features.map(unequalScales) },
  { code: 'GEMSBOK_CONSTANT_FEATURE', find: ({ features }) => features.map(constantFeature) },
  { code: 'GEMSBOK_TARGET_SCALE', find: ({ targets }) => targets.map(targetScale) },
];

/** Fewer rows than that tell nothing. */
const FEW = 10;
/** A class that a shuffle would leave out more rarely than this is not missing by chance. */
const CHANCE = 1e-3;

const SHUFFLE =
  '`validationSplit` takes the last rows as they are: shuffle x and y together first, or pass `validationData`.';

function unevenSplit({ argument, training, classes, split }: Targets): string | null {
  if (split === null || training.rows + split.sample.rows < FEW) return null;
  if (classes === null || split.classes === null) {
    const isNumber = training.columns === 1 && isRising([training, split.sample]);
    return isNumber
      ? `\`${argument}\` is sorted, so the model is validated on other values than it is trained with. ${SHUFFLE}`
      : null;
  }
  const both = [...classes, ...split.classes];
  const [own, others] = [countsOf(classes), countsOf(split.classes)];
  if (new Set(both).size > 1 && isSorted(both)) {
    return `\`${argument}\` is sorted by class, so the model is validated on other classes than it is trained with. ${SHUFFLE}`;
  }
  const missing = (from: ReadonlyMap<number, number>, of: ReadonlyMap<number, number>, part: number) =>
    [...of].filter(([one, count]) => !from.has(one) && of.size * (1 - part) ** count < CHANCE);
  const unseen = missing(others, own, split.classes.length / both.length);
  const unlearned = missing(own, others, classes.length / both.length);
  const lacks = (rows: string, absent: readonly (readonly [number, number])[]): string =>
    `The rows to ${rows} hold no sample of class ${listed(absent.map(([one]) => String(one)))} of \`${argument}\`. ${SHUFFLE}`;
  if (unlearned.length > 0) return lacks('train with', unlearned);
  return unseen.length > 0 ? lacks('validate with', unseen) : null;
}

/** Whether numbers rise or fall from row to row, through both samples, and not all are the same. */
function isRising(samples: readonly Sample[]): boolean {
  const values = samples.flatMap((sample) => Array.from(sample.values));
  return values.length >= 2 * FEW && values.at(0) !== values.at(-1) && isSorted(values);
}

function otherClasses({ argument, classes, split }: Targets, { classWeight }: FitFacts): string | null {
  if (classWeight === null || classes === null) return null;
  const found = new Set([...classes, ...(split?.classes ?? [])]);
  const named = (list: readonly number[]): string => listed(list.map(String));
  const unmet = [...classWeight.keys()].filter((one) => !found.has(one));
  const unnamed = [...found].filter((one) => !classWeight.has(one)).sort((a, b) => a - b);
  if (unmet.length > 0) {
    return `\`classWeight\` has a weight for class ${named(unmet)}, which does not occur in \`${argument}\`: it holds ${named([...found].sort((a, b) => a - b))}.`;
  }
  if (unnamed.length === 0) return null;
  return `\`classWeight\` has no weight for class ${named(unnamed)} of \`${argument}\`, which therefore counts 1. Give it a weight, even if that is 1.`;
}

/** The fraction that a rare class is, and how much rarer than equal fractions it must be, too, where there are many classes. */
const [RARE, RARER] = [0.01, 0.1];
/** More classes than that are words or names, of which many are rare. */
const MOST_CLASSES = 100;

function rareClass({ argument, classes, loss }: Targets, { classWeight, isWeighted }: FitFacts): string | null {
  // A focal loss is chosen for rare classes.
  if (classes === null || classWeight !== null || isWeighted || /focal/.test(loss?.name ?? '')) return null;
  const counts = countsOf(classes);
  if (counts.size > MOST_CLASSES) return null;
  const isRare = ([, count]: readonly [number, number]): boolean =>
    count / classes.length < Math.min(RARE, RARER / counts.size);
  const [rarest] = [...counts].filter(isRare).sort(([, a], [, b]) => a - b);
  if (rarest === undefined) return null;
  const share = ((100 * rarest[1]) / classes.length).toPrecision(2);
  return (
    `Class ${rarest[0]} makes up ${share} % of \`${argument}\`: a model that never predicts it has a high accuracy. Give it a ` +
    'greater `classWeight`, and judge by AUC (curve: "PR"), Precision and Recall.'
  );
}

/** Scales that differ by more leave one feature unheard, or make steps of another too large. */
const MOST_RATIO = 1e4;

function unequalScales({ argument, sample }: Features): string | null {
  const varying = rangesOf(sample).filter(({ low, high }) => low < high);
  if (sample.rows < FEW || varying.length < 2) return null;
  const scales = varying
    .map(({ column, low, high }) => ({ column, scale: Math.max(Math.abs(low), Math.abs(high)) }))
    .sort((a, b) => a.scale - b.scale);
  const [small, large] = [elementAt(scales, 0), elementAt(scales, scales.length - 1)];
  if (large.scale < MOST_RATIO * small.scale) return null;
  return (
    `The features of \`${argument}\` have very different scales: column ${large.column} reaches ` +
    `${large.scale.toPrecision(2)}, column ${small.column} ${small.scale.toPrecision(2)}. Begin the model with a ` +
    'Normalization layer, and `adapt` it to the data.'
  );
}

function constantFeature({ argument, sample, constants: { found, looked } }: Features): string | null {
  const [first] = found;
  if (sample.rows < FEW || first === undefined) return null;
  const columns = listed(found.map(({ element }) => String(element)));
  const rows = looked === null ? 'in all rows' : `in all of ${looked.toLocaleString('en-US')} rows that were looked at`;
  const value = first.value.toPrecision(2);
  return found.length === 1
    ? `Column ${columns} of \`${argument}\` is the same ${rows} (${value}), so nothing can be learned from it. ` +
        'Leave it out, or find out why it does not vary.'
    : `Columns ${columns} of \`${argument}\` hold one value each ${rows} (${first.element}: ${value}), so nothing can be ` +
        'learned from them. Leave them out, or find out why they do not vary.';
}

function rangesOf({ values, columns, rows }: Sample): { column: number; low: number; high: number }[] {
  return Array.from({ length: columns }, (_, column) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let row = 0; row < rows; row++) {
      const value = elementAt(values, row * columns + column);
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return { column, low, high };
  });
}

/** Root mean squares below the one, and mean magnitudes above the other, are far from unit scale. */
const [SMALL, LARGE] = [1e-3, 1e3];

function targetScale({ argument, loss, isLinear, training: { values } }: Targets): string | null {
  if (!isLinear || !isOfNumbers(loss) || /percentage|logarithmic/.test(loss?.name ?? '')) return null;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += Math.abs(elementAt(values, i));
    squares += elementAt(values, i) ** 2;
  }
  const mean = sum / values.length;
  // Where most targets are zero, their mean magnitude is small, and their root mean square is not.
  if (!(mean >= LARGE || (mean > 0 && squares / values.length < SMALL ** 2))) return null;
  return (
    `The targets \`${argument}\` are far from unit scale (${mean.toPrecision(2)} on average), so the usual steps are too ` +
    `${mean < SMALL ? 'large' : 'small'} for them. Divide them by their standard deviation, or end the model with ` +
    '`new Normalization({ axis: null, invert: true })`, adapted to them.'
  );
}
