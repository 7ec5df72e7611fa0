/** Each colour of the pictures on a light ground, and the one that takes its place on a dark one. */
export const COLOURS = { blue: '#2563eb', orange: '#ea580c', grey: '#9ca3af' } as const;
export const INK = { title: '#111827', text: '#374151', label: '#4b5563', grid: '#e5e7eb' } as const;
export const GROUND = '#ffffff';

/** For series: each differs from the next ones by its dashes, too. */
export const PALETTE = [
  COLOURS.blue,
  COLOURS.orange,
  '#059669',
  '#9333ea',
  '#dc2626',
  '#0891b2',
  '#ca8a04',
  '#db2777',
  '#64748b',
  '#65a30d',
] as const;
const DASHES = [
  [1, 0],
  [7, 3],
  [2, 2],
  [10, 3, 2, 3],
  [14, 4],
] as const;
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross'] as const;

const DARK: Readonly<Record<string, string>> = {
  [GROUND]: '#111827',
  [INK.title]: '#f3f4f6',
  [INK.text]: '#d1d5db',
  [INK.label]: '#9ca3af',
  [INK.grid]: '#374151',
  [COLOURS.blue]: '#60a5fa',
  [COLOURS.orange]: '#fb923c',
  [COLOURS.grey]: '#6b7280',
  '#059669': '#34d399',
  '#9333ea': '#c084fc',
  '#dc2626': '#f87171',
  '#0891b2': '#22d3ee',
  '#ca8a04': '#facc15',
  '#db2777': '#f472b6',
  '#64748b': '#94a3b8',
  '#65a30d': '#a3e635',
};

/** The colours of series as variables of a page, `--series-0` and so on. */
export function paletteOf(isDark: boolean): string {
  return PALETTE.map((light, i) => `--series-${i}: ${isDark ? DARK[light] : light};`).join(' ');
}

/** Rules for an SVG: where a dark page is wanted, its colours change. */
export const DARK_STYLE = `@media (prefers-color-scheme:dark){${Object.entries(DARK)
  .map(([light, dark]) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`)
  .join('')}}`;

/** What tells the series of a picture apart: the colour, the dashes of lines, the shape of points. */
export function seriesEncoding(
  domain: readonly string[],
  { lines = true, points = false, legend = {} }: { lines?: boolean; points?: boolean; legend?: object | null } = {},
): Readonly<Record<string, unknown>> {
  const channel = (values: readonly unknown[]) => {
    // Those that have the same colour differ by their dashes.
    const turn = (i: number): number => (values === PALETTE ? i : i + Math.floor(i / PALETTE.length)) % values.length;
    const scale = { domain, range: domain.map((_, i) => values[turn(i)]) };
    return { field: 'series', type: 'nominal', scale, legend };
  };
  return {
    color: channel(PALETTE),
    ...(lines && { strokeDash: channel(DASHES) }),
    ...(points && { shape: channel(SHAPES) }),
  };
}
