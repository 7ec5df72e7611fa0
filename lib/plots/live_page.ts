import { createHash } from 'node:crypto';
import { paletteOf } from '../pictures/colours';
import { LIVE_SCRIPT } from './live_script';
import { PAGE_STYLE } from './page_style';

const STYLE = `${PAGE_STYLE}
  :root { ${paletteOf(false)} }
  @media (prefers-color-scheme: dark) { :root { ${paletteOf(true)} } }
  progress { width: 100%; height: 6px; margin: 14px 0 8px; accent-color: var(--series-0); }
  #top { position: sticky; top: 0; padding: 8px 0; background: var(--ground); z-index: 1; max-height: 40vh; overflow: auto; }
  #values td:first-child, figcaption { overflow-wrap: anywhere; }
  #legend { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; margin: 10px 0; list-style: none; font-size: 13px; }
  #legend li { overflow-wrap: anywhere; }
  .mark { width: 26px; height: 10px; margin-right: 6px; --series-none: var(--soft); }
  #curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr)); gap: 20px; }
  figure { margin: 0; position: relative; touch-action: pan-y; }
  figcaption { font-weight: bold; margin-bottom: 4px; }
  figure svg { display: block; width: 100%; height: auto; overflow: visible; }
  figure text { fill: var(--soft); font-size: 10px; }
  .grid { stroke: var(--line); }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .raw { opacity: .25; }
  .rule { stroke: var(--soft); }
  .tip { position: absolute; top: 26px; z-index: 1; background: var(--block); border: 1px solid var(--line); border-collapse: separate;
    border-spacing: 0; border-radius: 6px; padding: 4px 0; font-size: 12px; line-height: 1.3; white-space: nowrap; pointer-events: none; }
  .tip td, .tip th { border: 0; padding: 1px 9px; }
  .tip .mark { display: inline; width: 14px; margin-right: 4px; }
  label { font-size: 13px; color: var(--soft); display: flex; align-items: center; gap: 8px; margin-bottom: 14px; }
  .wide { overflow-x: auto; }
  #facts td, #facts th { text-align: left; vertical-align: top; min-width: 130px; }
  #facts td:first-child, #facts th:first-child { position: sticky; left: 0; background: var(--ground); min-width: 90px; }
  #facts span { display: inline-block; max-width: min(600px, 100vw - 130px); }
  @media (max-width: 480px) {
    body { padding: 16px 12px 40px; }
    th, td { padding-right: 10px; }
    #top { position: static; max-height: none; }
    .tip td, .tip th { padding: 1px 5px; }
  }
`;

/** The page of a {@link LivePlot}: it draws what the server tells. */
export const LIVE_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gemsbok</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
<h1>Training</h1>
<p id="status">Waiting for the first epoch ...</p>
<progress id="progress" max="1" value="0"></progress>
<div id="top"><table id="values"></table><ul id="legend"></ul></div>
<label>Smoothing <input id="smoothing" type="range" min="0" max="0.95" step="0.05" value="0"><output id="factor">0</output></label>
<div id="curves"></div>
<h2>Parameters</h2>
<p id="left"></p>
<div class="wide"><table id="facts"></table></div>
<script>${LIVE_SCRIPT}</script>
</html>
`;

/** What the page may do: run its own script, and listen to its own server. Pictures come with attributes for styles. */
export const LIVE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': [
    "default-src 'none'",
    `script-src '${hashOf(LIVE_SCRIPT)}'`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
};

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
