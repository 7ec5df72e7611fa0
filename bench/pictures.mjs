// Draws the results: how much longer than this library the peers take, and how time grows with sizes.
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { withDark } from '../examples/helpers.mjs';
import { quantity } from './format.mjs';
import { PEERS } from './peers.mjs';
import { baseOf } from './results.mjs';

const COLOURS = {
  gemsbok: '#2563eb',
  gemm: '#6b7280',
  torch: '#ea580c',
  'torch-blis': '#c2410c',
  libtorch: '#9a3412',
  sklearn: '#ca8a04',
  onnx: '#7c3aed',
  'tfjs-wasm': '#0d9488',
  'tfjs-cpu': '#65a30d',
  brain: '#db2777',
};

const CONFIG = {
  font: 'Helvetica, Arial, sans-serif',
  view: { stroke: null },
  title: { fontSize: 14, anchor: 'start', frame: 'group', offset: 12 },
  axis: { domain: false, ticks: false, gridColor: '#e5e7eb', labelPadding: 6 },
  legend: { orient: 'bottom', title: null, labelColor: '#374151', labelLimit: 300, symbolStrokeWidth: 2.5 },
};

async function draw(spec) {
  const view = new View(parse(compile({ background: 'white', padding: 20, config: CONFIG, ...spec }).spec), {
    renderer: 'none',
  });
  try {
    return withDark(await view.toSVG());
  } finally {
    view.finalize();
  }
}

const powersOfTen = ([least, most]) => {
  const first = Math.floor(Math.log10(least));
  return Array.from({ length: Math.ceil(Math.log10(most)) - first + 1 }, (_, i) => 10 ** (first + i));
};

/** What each run of a case takes, as a multiple of what this library takes. */
function ratiosOf(result) {
  const base = baseOf(result);
  const shown = result.runs.filter(({ median, other }) => median > 0 && !other);
  return shown.map(({ label, peer, median }) => {
    const ratio = median / base.median;
    return { label, peer, ratio, text: quantity(ratio, 'ratio') };
  });
}

/** Each run a bar from 1, which is this library with all threads. */
function ratioPanel(title, values, domain) {
  const y = { field: 'label', type: 'nominal', sort: null, axis: { title: null, labelLimit: 260, minExtent: 220 } };
  const x = {
    field: 'ratio',
    type: 'quantitative',
    scale: { type: 'log', domain },
    axis: { title: null, format: '~g', values: powersOfTen(domain) },
  };
  const colours = { domain: Object.keys(COLOURS), range: Object.values(COLOURS) };
  const text = { type: 'text', color: '#374151', fontSize: 11, clip: false };
  const side = (align, dx, test) => ({
    transform: [{ filter: test }],
    mark: { ...text, align, dx },
    encoding: { x, text: { field: 'text' } },
  });
  return {
    title,
    width: 620,
    height: { step: 20 },
    data: { values },
    encoding: { y },
    layer: [
      {
        mark: { type: 'bar', height: 12 },
        encoding: { x, x2: { datum: 1 }, color: { field: 'peer', type: 'nominal', scale: colours, legend: null } },
      },
      side('left', 5, 'datum.ratio >= 1'),
      side('right', -5, 'datum.ratio < 1'),
    ],
  };
}

async function ratioPicture(cases, title) {
  const panels = cases.map((result) => ({ title: result.title, values: ratiosOf(result) }));
  const ratios = panels.flatMap(({ values }) => values.map(({ ratio }) => ratio));
  // Room for the numbers next to the bars.
  const domain = [Math.min(...ratios) / 3, Math.max(...ratios) * 3];
  const vconcat = panels.map((panel) => ratioPanel(panel.title, panel.values, domain));
  const subtitle = 'Less is faster; the axes are logarithmic.';
  return draw({ title: { text: title, subtitle, fontSize: 16 }, spacing: 24, vconcat });
}

/** One colour a peer; dashed with one thread. */
function curvePanel({ title, points }) {
  const values = points
    .filter(({ median }) => median > 0)
    .map(({ size, key, peer, median }) => ({
      size,
      micros: median * 1e6,
      peer: PEERS[peer].title,
      threads: key.endsWith('@1') ? '1 thread' : 'all threads',
    }));
  const peers = ['gemsbok', 'gemm', 'torch'];
  const colours = { domain: peers.map((peer) => PEERS[peer].title), range: peers.map((peer) => COLOURS[peer]) };
  const dashes = { domain: ['all threads', '1 thread'], range: [[], [5, 4]] };
  const sizes = [...new Set(values.map(({ size }) => size))];
  const log = (base) => ({ type: 'log', base, nice: false });
  return {
    title,
    width: 380,
    height: 260,
    data: { values },
    encoding: {
      x: {
        field: 'size',
        type: 'quantitative',
        scale: log(2),
        axis: { title: null, format: 'd', values: sizes, labelOverlap: true },
      },
      y: {
        field: 'micros',
        type: 'quantitative',
        scale: log(10),
        axis: { title: 'µs a row', format: '~g', tickCount: 4 },
      },
      color: { field: 'peer', type: 'nominal', scale: colours },
    },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 2.2 },
        encoding: { strokeDash: { field: 'threads', type: 'nominal', scale: dashes, legend: { symbolSize: 500 } } },
      },
      { mark: { type: 'point', size: 26, filled: true, opacity: 1 } },
    ],
  };
}

/** The pictures that these results have something to show for, as SVG. */
export async function pictures({ cases, curves, machine }) {
  const made = [];
  const comparable = cases.filter((result) => baseOf(result) !== undefined);
  if (comparable.length > 0) {
    const title = `Time relative to gemsbok with ${machine.threads} threads`;
    made.push({ file: 'ratios.svg', title, svg: await ratioPicture(comparable, title) });
  }
  const drawn = curves.filter(({ points }) => points.some(({ median }) => median > 0));
  if (drawn.length > 0) {
    const title = 'Training time of a row';
    const concat = drawn.map(curvePanel);
    const svg = await draw({ title: { text: title, fontSize: 16 }, columns: 2, spacing: 48, concat });
    made.push({ file: 'scaling.svg', title, svg });
  }
  return made;
}
