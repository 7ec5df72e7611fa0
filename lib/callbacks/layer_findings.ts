import type { LayerSeries, LayerTable } from './layer_values';

/** A fault of a layer, in a sentence. */
export interface LayerFinding {
  readonly code: string;
  readonly layer: string;
  readonly text: string;
}

/** The norm of a gradient beside the largest of all layers, below which it vanishes. */
const VANISHED = 1e-4;
/** The norm of a gradient beside that of the weights, and by itself, above which it explodes. */
const [EXPLODED, LARGE] = [10, 10];

/** What the last record of each layer tells. */
export function layerFindings(table: LayerTable): LayerFinding[] {
  const layers = Object.entries(table);
  const largest = layers.reduce((most, [, { gradientNorm }]) => Math.max(most, gradientNorm?.at(-1) || 0), 0);
  return layers.flatMap(([layer, series]) => [
    ...unitFindings(layer, series),
    ...gradientFindings(layer, series, largest),
  ]);
}

function unitFindings(layer: string, { rows, units, deadUnits, saturatedUnits }: LayerSeries): LayerFinding[] {
  const [all, dead, saturated] = [units?.at(-1), deadUnits?.at(-1) ?? 0, saturatedUnits?.at(-1) ?? 0];
  const each = `each of ${rows.at(-1)} rows`;
  const found: LayerFinding[] = [];
  if (dead > 0) {
    const text = `${counted(dead, all)} of \`${layer}\` ${are(dead)} dead: 0 for ${each}.`;
    found.push({ code: 'GEMSBOK_DEAD_UNITS', layer, text });
  }
  if (saturated > 0) {
    const text = `${counted(saturated, all)} of \`${layer}\` ${are(saturated)} saturated: within 1 % of an end for ${each}.`;
    found.push({ code: 'GEMSBOK_SATURATED_UNITS', layer, text });
  }
  return found;
}

function gradientFindings(layer: string, series: LayerSeries, largest: number): LayerFinding[] {
  const [norm, weights] = [series.gradientNorm?.at(-1), series.weightNorm?.at(-1) ?? 0];
  if (norm === undefined) return [];
  const [vanishing, exploding] = ['GEMSBOK_VANISHING_GRADIENT', 'GEMSBOK_EXPLODING_GRADIENT'];
  if (!Number.isFinite(norm)) {
    return [{ code: exploding, layer, text: `The gradient of \`${layer}\` is not finite.` }];
  }
  if (norm > LARGE && norm > EXPLODED * weights) {
    const text = `The gradient of \`${layer}\` explodes: its norm is ${short(norm)}, that of the weights ${short(weights)}.`;
    return [{ code: exploding, layer, text }];
  }
  if (norm >= VANISHED * largest) return [];
  const beside = `the largest norm of all layers is ${short(largest)}`;
  const text =
    norm === 0
      ? `No gradient reaches \`${layer}\`: it is 0 for each of its weights, while ${beside}.`
      : `The gradient of \`${layer}\` vanishes: its norm is ${short(norm)}, while ${beside}.`;
  return [{ code: vanishing, layer, text }];
}

const are = (count: number): string => (count === 1 ? 'is' : 'are');

const counted = (count: number, all: number | undefined): string => `${count} of ${all} unit${all === 1 ? '' : 's'}`;

const short = (value: number): string => String(Number(value.toPrecision(2)));
