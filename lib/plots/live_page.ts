import { createHash } from 'node:crypto';
import { PAGE_STYLE } from './page_style';

const STYLE = `${PAGE_STYLE}
  progress { width: 100%; height: 6px; margin: 14px 0 20px; accent-color: #2563eb; }
`;

const SCRIPT = `
  const byId = (id) => document.getElementById(id);
  const events = new EventSource('/events');
  const time = (seconds) => {
    const whole = Math.round(seconds);
    return whole < 60 ? whole + ' s' : Math.floor(whole / 60) + ' min ' + (whole % 60) + ' s';
  };
  const shown = (value) => value === null ? 'not finite' : String(Number(value.toPrecision(5)));
  events.onmessage = ({ data }) => {
    const { state, epoch, epochs, seconds, logs, svg } = JSON.parse(data);
    document.body.dataset.state = state;
    document.body.dataset.epoch = epoch;
    const words = { running: '', finished: 'finished', failed: 'ended early' };
    const parts = ['epoch ' + epoch + ' of ' + epochs, time(seconds), words[state]];
    if (epoch > 0 || state !== 'running') byId('status').textContent = parts.filter(Boolean).join(' · ');
    document.title = epoch + '/' + epochs + ' Gemsbok';
    byId('progress').value = epochs > 0 ? epoch / epochs : 0;
    if (svg !== '') byId('curves').innerHTML = svg;
    byId('values').replaceChildren(...Object.entries(logs).map(([name, value]) => {
      const row = document.createElement('tr');
      for (const text of [name, shown(value)]) row.insertCell().textContent = text;
      return row;
    }));
    if (state !== 'running') events.close();
  };
  events.onerror = () => {
    if (document.body.dataset.state === 'running') byId('status').textContent += ' · no connection';
    events.close();
  };
`;

/** The page of a {@link LivePlot}: it shows what the server draws. */
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
<div id="curves"></div>
<table id="values"></table>
<script>${SCRIPT}</script>
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
    `script-src '${hashOf(SCRIPT)}'`,
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
