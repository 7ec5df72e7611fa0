import { GROUND, INK } from './colours';
import { shortened } from './names';

/** A specification of Vega-Lite, of which no type shows outside: who has not installed it compiles, too. */
export type PlotSpec = Readonly<Record<string, unknown>>;

// Without quotes, which not every reader of SVG takes.
export const FONT = 'Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif';

const CONFIG = {
  font: FONT,
  view: { stroke: null },
  title: { fontSize: 15, anchor: 'start', frame: 'group', offset: 14, color: INK.title },
  axis: {
    gridColor: INK.grid,
    domain: false,
    ticks: false,
    labelColor: INK.label,
    labelFontSize: 11,
    titleColor: INK.label,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 10,
    labelPadding: 6,
    labelFlush: false,
  },
  legend: {
    orient: 'bottom',
    direction: 'horizontal',
    title: null,
    labelColor: INK.text,
    labelFontSize: 12,
    labelLimit: 0,
    symbolStrokeWidth: 2.5,
    symbolType: 'stroke',
  },
} as const;

/** A panel of a picture, or several of them. */
export type Panel = Readonly<Record<string, unknown>>;

/** Room for the titles and axes of panels, which are placed by their frames. */
const SPACING = { row: 120, column: 72 };

/** Panels side by side. */
export function panels(list: readonly Panel[], columns = 2): PlotSpec {
  const grid = { columns, spacing: SPACING, bounds: 'flush', concat: list };
  // A panel alone is not set into a grid, which would leave room for its neighbours.
  const [only] = list;
  const content = list.length === 1 && only !== undefined ? only : grid;
  return { background: GROUND, padding: 20, config: CONFIG, ...content };
}

/** Pixels beside a panel that its titles may take. */
const ASIDE = 60;

/**
 * A panel whose title stands at the same height as those of its neighbours: Vega moves its own titles out of the way of
 * labels.
 */
export function titled(title: string, subtitle: string, { width, height, ...content }: Panel): Panel {
  const line = (text: string, y: number, style: Panel, letter: number) => ({
    data: { values: [{}] },
    mark: {
      type: 'text',
      align: 'left',
      x: 0,
      y,
      text: shortened(text, Math.floor((Number(width) + ASIDE) / letter)),
      ...style,
    },
  });
  const lines = [line(title, subtitle === '' ? -24 : -40, { fontSize: 15, fontWeight: 'bold', color: INK.title }, 8.4)];
  if (subtitle !== '') lines.push(line(subtitle, -22, { fontSize: 12, color: INK.label }, 6));
  return { width, height, layer: [content, ...lines] };
}

/** A name as a title. */
export function wordsOf(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
