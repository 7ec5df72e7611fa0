import { unsupported } from '../errors';
import { importOptional, rethrow } from '../optional';
import { DARK_STYLE } from './colours';
import type { PlotSpec } from './panel';

// vega-lite is an ES module, whose types CommonJS must ask for so.
type TopLevelSpec = import('vega-lite', { with: { 'resolution-mode': 'import' }}).TopLevelSpec;

/** How a picture is wanted. */
export interface Format {
  readonly format: 'svg' | 'png';
  /** Pixels of a PNG for each unit of the drawing. */
  readonly scale: number;
}

export const SVG: Format = { format: 'svg', scale: 1 };

/** The text of an SVG, or the bytes of a PNG. */
export async function draw(spec: PlotSpec, { format, scale }: Format): Promise<string | Uint8Array> {
  if (format === 'png') {
    const { Resvg } = await loadResvg();
    return rasterized(Resvg, await drawn(spec), scale);
  }
  const svg = await drawn(spec);
  return svg.replace('>', `><style>${DARK_STYLE}</style>`);
}

function loadVega() {
  return importOptional('plots', 'vega vega-lite', importVega);
}

function importVega() {
  return Promise.all([import('vega').catch(rethrow), import('vega-lite').catch(rethrow)]);
}

/** Names all that a PNG needs, whichever of it is missing. */
function loadResvg() {
  return importOptional('PNG', 'vega vega-lite @resvg/resvg-js', async () => {
    await importVega();
    return import('@resvg/resvg-js').catch(rethrow);
  });
}

/** What Vega measures text by; without a canvas it takes every letter to be as wide as the widest, and leaves room for it. */
interface TextMetrics {
  width: unknown;
  readonly estimateWidth: unknown;
}

async function drawn(spec: PlotSpec): Promise<string> {
  const [vega, vegaLite] = await loadVega();
  const { textMetrics } = vega as unknown as { readonly textMetrics?: TextMetrics };
  if (textMetrics !== undefined && textMetrics.width === textMetrics.estimateWidth) textMetrics.width = widthOf;
  const view = new vega.View(vega.parse(vegaLite.compile(spec as unknown as TopLevelSpec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

type Rasterizer = Awaited<ReturnType<typeof loadResvg>>['Resvg'];

function rasterized(Resvg: Rasterizer, svg: string, scale: number): Uint8Array {
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

/** The width of a text: a little more than in the fonts of pictures, so that none is cut. */
function widthOf({ fontSize = 11 }: { readonly fontSize?: number }, text: unknown): number {
  let width = 0;
  for (const letter of String(text ?? '')) {
    width += /[ijl.,:;|!'()[\]f-]/.test(letter)
      ? 0.38
      : /[mwMW@%—]/.test(letter)
        ? 0.92
        : letter > '\u2fff'
          ? 1.05
          : 0.62;
  }
  return width * fontSize;
}
