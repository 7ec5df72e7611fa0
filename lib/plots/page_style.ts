import { FONT } from './render';

/** What the pages have in common. */
export const PAGE_STYLE = `
  body { margin: 0 auto; padding: 32px 24px 64px; max-width: 1040px; color: #111827; background: #fff;
    font: 15px/1.5 ${FONT}; }
  h1 { font-size: 26px; margin: 0 0 4px; }
  h2 { font-size: 18px; margin: 36px 0 8px; }
  p { margin: 0; color: #4b5563; }
  svg { max-width: 100%; height: auto; }
  .row { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); gap: 8px; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { padding: 5px 18px 5px 0; text-align: right; border-bottom: 1px solid #e5e7eb; }
  th:first-child, td:first-child { text-align: left; }
  th { color: #4b5563; font-weight: normal; }
  pre { overflow-x: auto; padding: 16px; background: #f9fafb; border-radius: 8px;
    font: 12px/1.35 DejaVu Sans Mono, Menlo, Consolas, monospace; }`;
