import { FONT } from '../pictures/panel';

const LIGHT =
  'color-scheme: light dark; --ground: #ffffff; --ink: #111827; --soft: #4b5563; --line: #e5e7eb; --block: #f9fafb;';
const DARK = '--ground: #111827; --ink: #f3f4f6; --soft: #9ca3af; --line: #374151; --block: #1f2937;';

/** What the pages have in common. */
export const PAGE_STYLE = `
  :root { ${LIGHT} }
  @media (prefers-color-scheme: dark) { :root { ${DARK} } }
  body { margin: 0 auto; padding: 32px 24px 64px; max-width: 1040px; color: var(--ink); background: var(--ground);
    font: 15px/1.5 ${FONT}; }
  h1 { font-size: 26px; margin: 0 0 4px; }
  h2 { font-size: 18px; margin: 36px 0 8px; }
  p { margin: 0; color: var(--soft); }
  svg { max-width: 100%; height: auto; }
  .row { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 12px 40px; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { padding: 5px 18px 5px 0; text-align: right; border-bottom: 1px solid var(--line); }
  th:first-child, td:first-child, .facts td { text-align: left; }
  .left-out { font-style: italic; margin-top: 8px; }
  th { color: var(--soft); font-weight: normal; }
  pre { overflow-x: auto; padding: 16px; background: var(--block); border-radius: 8px;
    font: 12px/1.35 DejaVu Sans Mono, Menlo, Consolas, monospace; }`;
