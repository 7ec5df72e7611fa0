// The script of the live page. Lines of several runs differ by the colour of the run, those of one by their kind, or by the
// place of their value where a metric has several; validation is dashed.

const DRAWING = `
  const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [360, 230, 50, 24, 6];
  const make = (name, attributes, ...children) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const numberOf = (value) => value === null || value === undefined ? 'not finite' : String(Number(value.toPrecision(5)));
  /** The first values of a metric that has several. */
  const shown = (value) => {
    const values = [value].flat(2);
    return [...values.slice(0, 4).map(numberOf), ...(values.length > 4 ? ['...'] : [])].join(', ');
  };
  /** Without its middle: names of runs begin alike, and end in what tells them apart. */
  const shortened = (name, most) => name.length <= most ? name : name.slice(0, most / 2) + '…' + name.slice(1 - most / 2);
  const strokeOf = (line) => ({
    style: 'stroke: var(--series-' + line.colour + ')',
    'stroke-dasharray': line.kind === 'validation' ? '6 3' : 'none',
  });
  const cellOf = (text, tag = 'td') => {
    const cell = document.createElement(tag);
    cell.append(text);
    return cell;
  };
  const rowOf = (texts, tag = 'td') => {
    const row = document.createElement('tr');
    row.append(...texts.map((text) => cellOf(text, tag)));
    return row;
  };
  const markOf = (line) => make('svg', { viewBox: '0 0 26 10', class: 'mark' },
    make('line', { x1: 0, x2: 26, y1: 5, y2: 5, 'stroke-width': 2.5, ...strokeOf(line) }));

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
    const farFrom = (factor) => Math.abs(Math.log(factor * power / rough));
    const step = power * [1, 2, 5, 10].reduce((best, factor) => farFrom(factor) < farFrom(best) ? factor : best);
    const ticks = [];
    for (let i = Math.ceil(least / step); i * step <= most + 1e-9 * step; i++) ticks.push(Number((i * step).toPrecision(9)));
    return ticks;
  };

  const scalesOf = (lines) => {
    const xs = lines.flatMap(({ x }) => x);
    const ys = lines.flatMap(({ y }) => y).filter((value) => value !== null);
    const range = (values) => values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
    let [[left, right], [low, high]] = [range(xs), range(ys)];
    // Whole epochs: within one, the line moves towards its end.
    [left, right] = [Math.floor(left), Math.ceil(right)];
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

  /** Points without a neighbour, where there is no line to see. */
  const dotsOf = (line, { toX, toY }) => line.y.flatMap((value, i) =>
    value === null || (line.y[i - 1] ?? line.y[i + 1] ?? null) !== null
      ? []
      : [make('circle', { cx: toX(line.x[i]).toFixed(1), cy: toY(value).toFixed(1), r: 3, style: 'fill: var(--series-' + line.colour + ')' })]);

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
  const MOST_ROWS = 12;
  const figures = new Map();

  const figureOf = (chart) => {
    if (figures.has(chart)) return figures.get(chart);
    const caption = document.createElement('figcaption');
    caption.textContent = chart;
    const tip = document.createElement('table');
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

  /** The values where the pointer is, of the nearest point of each line that reaches there; those of the current run first. */
  const point = ({ figure, picture, tip, lines, at, scales }) => {
    picture.querySelectorAll('.rule').forEach((rule) => rule.remove());
    const filled = lines.filter(({ x }) => x.length > 0).reverse();
    tip.hidden = at === null || filled.length === 0;
    if (tip.hidden) return;
    const wanted = scales.left + (at - LEFT) / (WIDTH - LEFT - 8) * (scales.right - scales.left);
    const nearest = ({ x }) => x.reduce((best, value, i) => Math.abs(value - wanted) < Math.abs(x[best] - wanted) ? i : best, 0);
    const epoch = filled.map((line) => line.x[nearest(line)]).reduce((a, b) => Math.abs(a - wanted) <= Math.abs(b - wanted) ? a : b);
    const x = scales.toX(epoch).toFixed(1);
    picture.append(make('line', { class: 'rule', x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }));
    const valueOf = (line) => !line || epoch >= line.x.at(-1) + 1 || epoch <= line.x[0] - 1 ? '–' : numberOf(line.y[nearest(line)]);
    const labels = [...new Set(filled.map(({ label }) => label))];
    const kinds = ['training', 'validation'].filter((kind) => filled.some((line) => line.kind === kind));
    const rows = labels.slice(0, MOST_ROWS).map((label) => {
      const own = kinds.map((kind) => filled.find((line) => line.label === label && line.kind === kind));
      const row = rowOf([shortened(label, 22), ...own.map(valueOf)]);
      if (labels.length > 1) row.firstChild.prepend(markOf({ ...own.find(Boolean), kind: '' }));
      return row;
    });
    const left = labels.length - rows.length;
    tip.replaceChildren(
      rowOf(['epoch ' + Number(epoch.toFixed(2)), ...kinds], 'th'), ...rows, ...(left > 0 ? [rowOf(['and ' + left + ' more'])] : []));
    const [room, wide, place] = [figure.clientWidth, tip.offsetWidth, Number(x) / WIDTH * figure.clientWidth];
    const beside = place < room / 2 ? place + 8 : place - 8 - wide;
    tip.style.left = Math.max(0, Math.min(room - wide, beside)) + 'px';
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
        ...dotsOf(line, own.scales),
      ]);
      own.picture.replaceChildren(...axesOf(own.scales), ...paths);
      point(own);
    }
  };
`;

const STATE = `
  let [others, known, current] = [[], 0, null];

  /** The lines of all runs, the current one last, hence above the others. */
  const linesOf = () => {
    const runs = [...others, ...(current === null ? [] : [current.run])];
    const isAlone = runs.length === 1;
    return runs.flatMap((run, i) => run.series.map((line) => {
      const hasParts = run.series.some(({ chart, part }) => chart === line.chart && part > 0);
      const turn = run === current?.run ? 0 : 1 + i;
      const own = hasParts ? line.part : Number(line.kind === 'validation');
      const names = [isAlone ? '' : run.name, hasParts ? 'value ' + (line.part + 1) : ''];
      return { ...line, run: run.name, colour: (isAlone ? own : turn) % 10, label: names.filter(Boolean).join(', ') };
    }));
  };

  const tellValues = ({ values }) => {
    const names = Object.keys(values).filter((name) => !name.startsWith('val_') || !(name.slice(4) in values));
    const isValidated = Object.keys(values).some((name) => name.startsWith('val_'));
    const heads = ['', 'training', ...(isValidated ? ['validation'] : [])];
    const of = (name) => name in values ? shown(values[name]) : '–';
    const rows = names.map((name) => rowOf([name, of(name), ...(isValidated ? [of('val_' + name)] : [])]));
    byId('values').replaceChildren(...(rows.length > 0 ? [rowOf(heads, 'th'), ...rows] : []));
  };

  /** The kinds of lines of one run; or the runs, the current one first, and what dashes mean. */
  const tellLegend = () => {
    const lines = linesOf().filter(({ part }) => part === 0).reverse();
    const runs = new Map(lines.map((line) => [line.run, line]));
    const kinds = [...new Map([...lines].reverse().map((line) => [line.kind, { ...line, text: line.kind }])).values()];
    const entries = others.length === 0 ? kinds : [
      ...[...runs.values()].map((line) => ({ ...line, kind: '', text: line.run })),
      ...kinds.filter(({ kind }) => kind === 'validation').map((line) => ({ ...line, colour: 'none' })),
    ];
    byId('legend').replaceChildren(...entries.map((line) => {
      const entry = document.createElement('li');
      entry.append(markOf(line), line.text);
      return entry;
    }));
  };

  const tellFacts = ({ run }) => {
    const runs = [run, ...[...others].reverse()];
    const longest = [...runs].sort((a, b) => b.facts.length - a.facts.length);
    const facts = [...new Set(longest.flatMap((one) => one.facts.map(([name]) => name)))];
    const rowsOf = (name) => {
      const texts = runs.map((one) => (one.facts.find(([own]) => own === name) || ['', '–'])[1]);
      const isShared = texts.every((text) => text === texts[0]);
      const row = rowOf([name, ...(isShared ? texts.slice(0, 1) : texts)]);
      if (!isShared) return row;
      const text = document.createElement('span');
      text.append(...row.lastChild.childNodes);
      row.lastChild.append(text);
      row.lastChild.colSpan = runs.length;
      return row;
    };
    byId('facts').replaceChildren(rowOf(['', ...runs.map(({ name }) => name)], 'th'), ...facts.map(rowsOf));
    byId('left').textContent = known > others.length ? 'The last ' + others.length + ' of ' + known + ' earlier runs.' : '';
  };

  const tell = () => {
    tellValues(current);
    tellLegend();
    tellFacts(current);
  };
`;

const EVENTS = `
  const events = new EventSource('events' + location.search);
  const time = (seconds) => {
    const whole = Math.round(seconds);
    return whole < 60 ? whole + ' s' : Math.floor(whole / 60) + ' min ' + (whole % 60) + ' s';
  };
  const counted = (number) => number.toLocaleString('en');
  events.addEventListener('runs', ({ data }) => { ({ runs: others, known } = JSON.parse(data)); });
  events.onmessage = ({ data }) => {
    current = JSON.parse(data);
    const { state, epoch, epochs, step, steps, seconds } = current;
    Object.assign(document.body.dataset, { state, epoch, step: step ?? '' });
    const words = { running: '', finished: 'finished', failed: 'ended early' };
    const within = step === null ? '' : 'step ' + counted(step) + (steps === null ? '' : ' of ' + counted(steps));
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
