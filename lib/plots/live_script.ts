// The script of the live page. Lines of one run differ by their colour, those of several runs by that of the run;
// validation is dashed.

const DRAWING = `
  const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [360, 230, 50, 24, 6];
  const make = (name, attributes, ...children) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const shown = (value) => value === null || value === undefined ? 'not finite' : String(Number(value.toPrecision(5)));
  const strokeOf = (line) => ({
    style: 'stroke: var(--series-' + line.colour + ')',
    'stroke-dasharray': line.kind === 'validation' ? '6 3' : 'none',
  });

  /** Running means that weigh the past by the factor, as if there had been nothing before. */
  const smoothed = (values, factor) => {
    let [mean, weight] = [0, 0];
    return values.map((value) => {
      if (value === null) return null;
      mean = factor * mean + (1 - factor) * value;
      weight = factor * weight + (1 - factor);
      return mean / weight;
    });
  };

  const ticksOf = (least, most, count) => {
    const rough = (most - least) / count || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) || rough;
    const ticks = [];
    for (let i = Math.ceil(least / step); i * step <= most + 1e-9 * step; i++) ticks.push(Number((i * step).toPrecision(9)));
    return ticks;
  };

  const scalesOf = (lines) => {
    const xs = lines.flatMap(({ x }) => x);
    const ys = lines.flatMap(({ y }) => y).filter((value) => value !== null);
    const range = (values) => values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
    let [[left, right], [low, high]] = [range(xs), range(ys)];
    if (!(left < right)) [left, right] = [left - 1, left + 1];
    if (!(low <= high)) [low, high] = [0, 1];
    if (low === high) [low, high] = [low - (Math.abs(low) / 2 || 1), high + (Math.abs(high) / 2 || 1)];
    return {
      left, right, low, high,
      toX: (x) => LEFT + (x - left) / (right - left) * (WIDTH - LEFT - 8),
      toY: (y) => TOP + (high - y) / (high - low) * (HEIGHT - TOP - BOTTOM),
    };
  };

  /** A path through all values that are finite; it is broken where one is not. */
  const pathOf = ({ x }, y, { toX, toY }) => {
    let [path, isOpen] = ['', false];
    y.forEach((value, i) => {
      if (value !== null) path += (isOpen ? 'L' : 'M') + toX(x[i]).toFixed(1) + ',' + toY(value).toFixed(1);
      isOpen = value !== null;
    });
    return path;
  };

  const axesOf = (scales) => [
    ...ticksOf(scales.low, scales.high, 4).flatMap((tick) => {
      const y = scales.toY(tick).toFixed(1);
      return [
        make('line', { class: 'grid', x1: LEFT, x2: WIDTH - 8, y1: y, y2: y }),
        make('text', { x: LEFT - 6, y: Number(y) + 4, 'text-anchor': 'end' }, String(tick)),
      ];
    }),
    ...ticksOf(scales.left, scales.right, 6).filter(Number.isInteger).map((tick) =>
      make('text', { x: scales.toX(tick).toFixed(1), y: HEIGHT - 6, 'text-anchor': 'middle' }, String(tick))),
  ];
`;

const CHARTS = `
  const figures = new Map();

  const figureOf = (chart) => {
    if (figures.has(chart)) return figures.get(chart);
    const caption = document.createElement('figcaption');
    caption.textContent = chart;
    const tip = document.createElement('div');
    tip.className = 'tip';
    tip.hidden = true;
    const picture = make('svg', { viewBox: '0 0 ' + WIDTH + ' ' + HEIGHT, role: 'img', 'aria-label': chart });
    const figure = document.createElement('figure');
    figure.append(caption, picture, tip);
    const own = { figure, picture, tip, lines: [], at: null };
    const look = ({ clientX }) => {
      const box = picture.getBoundingClientRect();
      own.at = (clientX - box.left) / box.width * WIDTH;
      point(own);
    };
    figure.addEventListener('pointermove', look);
    figure.addEventListener('pointerdown', look);
    figure.addEventListener('pointerleave', () => { own.at = null; point(own); });
    byId('curves').append(figure);
    figures.set(chart, own);
    return own;
  };

  /** The values where the pointer is, of the nearest point of each line. */
  const point = ({ picture, tip, lines, at, scales, figure }) => {
    picture.querySelectorAll('.rule').forEach((rule) => rule.remove());
    tip.hidden = at === null || lines.length === 0;
    if (tip.hidden) return;
    const wanted = scales.left + (at - LEFT) / (WIDTH - LEFT - 8) * (scales.right - scales.left);
    const nearest = ({ x }) => x.reduce((best, value, i) => Math.abs(value - wanted) < Math.abs(x[best] - wanted) ? i : best, 0);
    const filled = lines.filter(({ x }) => x.length > 0);
    const epoch = filled.map((line) => line.x[nearest(line)]).reduce((a, b) => Math.abs(a - wanted) <= Math.abs(b - wanted) ? a : b);
    const x = scales.toX(epoch).toFixed(1);
    picture.append(make('line', { class: 'rule', x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }));
    const rows = filled.map((line) => line.label + '  ' + shown(line.y[nearest(line)]));
    tip.textContent = ['epoch ' + Number(epoch.toFixed(2)), ...rows].join('\\n');
    const share = Number(x) / WIDTH;
    tip.style.left = share < 0.5 ? 'calc(' + (100 * share) + '% + 8px)' : 'auto';
    tip.style.right = share < 0.5 ? 'auto' : 'calc(' + (100 - 100 * share) + '% + 8px)';
  };

  const draw = () => {
    const factor = Number(byId('smoothing').value);
    byId('factor').textContent = factor;
    const lines = linesOf();
    for (const chart of new Set(lines.map((line) => line.chart))) {
      const own = figureOf(chart);
      own.lines = lines.filter((line) => line.chart === chart);
      own.scales = scalesOf(own.lines);
      const paths = own.lines.flatMap((line) => [
        ...(factor > 0 ? [make('path', { class: 'line raw', d: pathOf(line, line.y, own.scales), ...strokeOf(line) })] : []),
        make('path', { class: 'line', d: pathOf(line, smoothed(line.y, factor), own.scales), ...strokeOf(line) }),
      ]);
      own.picture.replaceChildren(...axesOf(own.scales), ...paths);
      point(own);
    }
  };
`;

const STATE = `
  let [others, current] = [[], null];

  /** The lines of all runs, the current one last, hence above the others. */
  const linesOf = () => {
    const runs = [...others, ...(current === null ? [] : [current.run])];
    return runs.flatMap((run, i) => run.series.map((line) => {
      const isAlone = runs.length === 1;
      const turn = run === current?.run ? 0 : 1 + i;
      const kind = isAlone ? line.kind : run.name + ' ' + line.kind;
      return {
        ...line,
        colour: (isAlone ? Number(line.kind === 'validation') : turn) % 10,
        label: kind + (line.part > 0 ? ' ' + line.part : ''),
      };
    }));
  };

  const rowOf = (texts, tag = 'td') => {
    const row = document.createElement('tr');
    row.append(...texts.map((text) => {
      const cell = document.createElement(tag);
      cell.textContent = text;
      return cell;
    }));
    return row;
  };

  const tell = () => {
    const { values, run } = current;
    const names = Object.keys(values).filter((name) => !name.startsWith('val_') || !(name.slice(4) in values));
    const isValidated = Object.keys(values).some((name) => name.startsWith('val_'));
    const heads = ['', 'training', ...(isValidated ? ['validation'] : [])];
    const of = (name) => name in values ? shown(values[name]) : '–';
    const rows = names.map((name) => rowOf([name, of(name), ...(isValidated ? [of('val_' + name)] : [])]));
    byId('values').replaceChildren(...(rows.length > 0 ? [rowOf(heads, 'th'), ...rows] : []));
    const entries = new Map(linesOf().map((line) => [line.colour + line.kind, line]));
    byId('legend').replaceChildren(...[...entries.values()].map((line) => {
      const entry = document.createElement('li');
      const mark = make('line', { x1: 0, x2: 26, y1: 5, y2: 5, 'stroke-width': 2.5, ...strokeOf(line) });
      entry.append(make('svg', { viewBox: '0 0 26 10' }, mark), line.label.replace(/ \\d+$/, (part) => line.part > 0 ? '' : part));
      return entry;
    }));
    const runs = [run, ...[...others].reverse()];
    const facts = [...new Set(runs.flatMap((one) => one.facts.map(([name]) => name)))];
    const factOf = (one, name) => (one.facts.find(([own]) => own === name) || ['', '–'])[1];
    byId('facts').replaceChildren(
      rowOf(['', ...runs.map(({ name }) => name)], 'th'),
      ...facts.map((name) => rowOf([name, ...runs.map((one) => factOf(one, name))])),
    );
  };
`;

const EVENTS = `
  const events = new EventSource('events' + location.search);
  const time = (seconds) => {
    const whole = Math.round(seconds);
    return whole < 60 ? whole + ' s' : Math.floor(whole / 60) + ' min ' + (whole % 60) + ' s';
  };
  events.addEventListener('runs', ({ data }) => { others = JSON.parse(data); });
  events.onmessage = ({ data }) => {
    current = JSON.parse(data);
    const { state, epoch, epochs, step, steps, seconds } = current;
    Object.assign(document.body.dataset, { state, epoch, step: step ?? '' });
    const words = { running: '', finished: 'finished', failed: 'ended early' };
    const within = step === null ? '' : 'step ' + step + (steps === null ? '' : ' of ' + steps);
    const parts = ['epoch ' + (epoch + (step === null ? 0 : 1)) + ' of ' + epochs, within, time(seconds), words[state]];
    if (epoch > 0 || step !== null || state !== 'running') byId('status').textContent = parts.filter(Boolean).join(' · ');
    document.title = epoch + '/' + epochs + ' Gemsbok';
    byId('progress').value = epochs > 0 ? (epoch + (steps ? (step ?? 0) / steps : 0)) / epochs : 0;
    tell();
    draw();
    if (state !== 'running') events.close();
  };
  events.onerror = () => {
    if (document.body.dataset.state === 'running') byId('status').textContent += ' · no connection';
    events.close();
  };
  byId('smoothing').addEventListener('input', draw);
`;

export const LIVE_SCRIPT = `
  const byId = (id) => document.getElementById(id);
${[DRAWING, CHARTS, STATE, EVENTS].join('\n')}`;
