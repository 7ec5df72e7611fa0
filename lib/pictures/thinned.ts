/** Values of a line that are drawn; there are not many more pixels. */
const MOST_POINTS = 1200;
/** In each section: the first and the last, the least and the greatest, the first and the last that is not finite. */
const OF_SECTION = 6;

/** The places of the values that a line shows, in order. Of long ones nothing that stands out is lost. */
export function thinned(values: ArrayLike<unknown>): number[] {
  const { length } = values;
  if (length <= MOST_POINTS) return Array.from({ length }, (_, i) => i);
  const sections = MOST_POINTS / OF_SECTION;
  const edge = (section: number): number => Math.floor((section * length) / sections);
  return Array.from({ length: sections }, (_, i) => ofSection(values, edge(i), edge(i + 1))).flat();
}

function ofSection(values: ArrayLike<unknown>, from: number, to: number): number[] {
  let [least, greatest, firstLost, lastLost] = [-1, -1, -1, -1];
  for (let i = from; i < to; i++) {
    const value = numberAt(values, i);
    if (!Number.isFinite(value)) [firstLost, lastLost] = [firstLost === -1 ? i : firstLost, i];
    else {
      if (least === -1 || value < numberAt(values, least)) least = i;
      if (greatest === -1 || value > numberAt(values, greatest)) greatest = i;
    }
  }
  const places = new Set([from, to - 1, least, greatest, firstLost, lastLost]);
  places.delete(-1);
  return [...places].sort((a, b) => a - b);
}

/** The number itself; the first of a metric with several values. */
function numberAt(values: ArrayLike<unknown>, i: number): number {
  const value = values[i];
  return Number(Array.isArray(value) ? value[0] : value);
}
