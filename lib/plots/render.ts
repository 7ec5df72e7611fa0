import { checkNumber, checkOneOf, checkOptions, type OptionsObject } from '../check';
import { unsupported } from '../errors';
import { importOptional, rethrow } from '../optional';
import { DARK_STYLE, GROUND, INK } from './colours';

/** A specification of Vega-Lite, of which no type shows outside: who has not installed it compiles, too. */
export type PlotSpec = Readonly<Record<string, unknown>>;

// vega-lite is an ES module, whose types CommonJS must ask for so.
type TopLevelSpec = import('vega-lite', { with: { 'resolution-mode': 'import' }}).TopLevelSpec;

/** What all pictures take. */
export interface PlotOptions {
  /** Default: 'svg' */
  readonly format?: 'svg' | 'png' | undefined;
  /** Pixels of a PNG for each unit of the drawing. Default: 2 */
  readonly scale?: number | undefined;
}

/** A plot: the text of an SVG, or the bytes of a PNG. */
export type Picture<O extends PlotOptions> = O extends { readonly format: 'png' } ? Uint8Array : string;

export const PLOT_OPTIONS = ['format', 'scale'] as const;

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
    labelLimit: 240,
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

/**
 * A panel whose title stands at the same height as those of its neighbours: Vega moves its own titles out of the way of
 * labels.
 */
export function titled(title: string, subtitle: string, { width, height, ...content }: Panel): Panel {
  const line = (text: string, y: number, style: Panel) => ({
    data: { values: [{}] },
    mark: { type: 'text', align: 'left', x: 0, y, text, ...style },
  });
  const lines = [line(title, subtitle === '' ? -24 : -40, { fontSize: 15, fontWeight: 'bold', color: INK.title })];
  if (subtitle !== '') lines.push(line(subtitle, -22, { fontSize: 12, color: INK.label }));
  return { width, height, layer: [content, ...lines] };
}

/** A name as a title. */
export function wordsOf(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function checkPlotOptions(options: unknown, known: readonly string[], owner: string): OptionsObject {
  const checked = checkOptions(options, [...known, ...PLOT_OPTIONS], owner);
  checkOneOf(checked.format ?? 'svg', 'format', ['svg', 'png']);
  checkNumber(checked.scale ?? 2, 'scale', { min: 0.1, max: 20 });
  return checked;
}

export async function render<O extends PlotOptions>(spec: PlotSpec, options: O): Promise<Picture<O>> {
  const svg = await drawn(spec);
  if (options.format === 'png') return (await rasterized(svg, options.scale ?? 2)) as Picture<O>;
  return svg.replace('>', `><style>${DARK_STYLE}</style>`) as Picture<O>;
}

/** Errors: `ERR_UNSUPPORTED` where what draws is not installed. */
export async function requireVega(): Promise<void> {
  await loadVega();
}

function loadVega() {
  return importOptional('plots', 'vega vega-lite', () => Promise.all([import('vega'), import('vega-lite')]));
}

async function drawn(spec: PlotSpec): Promise<string> {
  const [vega, vegaLite] = await loadVega();
  const view = new vega.View(vega.parse(vegaLite.compile(spec as unknown as TopLevelSpec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

async function rasterized(svg: string, scale: number): Promise<Uint8Array> {
  const { Resvg } = await importOptional('PNG', '@resvg/resvg-js', () => import('@resvg/resvg-js').catch(rethrow));
  const probe = new Resvg(
    '<svg xmlns="http://www.w3.org/2000/svg"><text y="9" font-family="sans-serif">a</text></svg>',
  );
  if (probe.getBBox() === undefined) {
    throw unsupported('format', 'a system with a font', 'png', 'Install one (fonts-dejavu-core), or take SVG.');
  }
  // It takes the last way to scale an image that is named, and does not know the one of browsers.
  const plain = svg.replaceAll('image-rendering: pixelated;', '');
  return new Resvg(plain, { fitTo: { mode: 'zoom', value: scale } }).render().asPng();
}
