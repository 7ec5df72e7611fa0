import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, inflateSync } from 'node:zlib';
import { Adam, Flatten, History, Input, info, Sequential, version } from 'gemsbok';
import {
  activationCurves,
  confusionMatrix,
  gainsCurve,
  LivePlot,
  lossCurves,
  type ReportOptions,
  report,
  rocCurve,
  scheduleCurves,
} from 'gemsbok/plots';
import t from 'tap';
import { classifier, QUIET, x, y } from './models.cases';
import { LABEL_SCORES, LABELS, PLOTS, STEPS } from './plots.cases';
import { PLOT_ERRORS } from './plots_errors.cases';

/** Text in a picture stands between tags, whole. */
function hasText(svg: string, text: string): boolean {
  return svg.includes(`>${text}</text>`);
}

t.test('pictures', async (t) => {
  for (const { what, draw, texts } of PLOTS) {
    const svg = String(await draw({ format: 'svg' }));
    t.match(svg, /^<svg [^>]*viewBox=.*<\/svg>$/s, what);
    t.notMatch(svg, /NaN|undefined|Infinity/, `${what}: only numbers`);
    for (const text of texts) t.ok(hasText(svg, text), `${what}: ${text}`);
    const png = (await draw({ format: 'png' })) as Uint8Array;
    t.strictSame([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47], `${what}: PNG`);
  }
});

t.test('a PNG has the size of its scale', async (t) => {
  const widthOf = async (scale: number): Promise<number> => {
    const png = await rocCurve([0, 1], [0, 1], { format: 'png', scale });
    return new DataView(png.buffer, png.byteOffset).getUint32(16);
  };
  t.equal(await widthOf(3), 3 * (await widthOf(1)));
});

t.test('a matrix of many classes is an image: a pixel for each cell, no megabytes', async (t) => {
  const classes = 300;
  const truth = Array.from({ length: 2 * classes }, (_, i) => i % classes);
  // Of each class one is found, the other one taken for the next class.
  const svg = await confusionMatrix(
    truth,
    truth.map((label, i) => (i < classes ? label : (label + 1) % classes)),
  );
  t.ok(svg.length < 1e6, `${svg.length} characters`);
  const png = Buffer.from(/href="data:image\/png;base64,([^"]+)"/.exec(svg)?.[1] ?? '', 'base64');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; ) {
    const end = at + 8 + png.readUInt32BE(at);
    t.equal(png.readUInt32BE(end), crc32(png.subarray(at + 4, end)));
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, end));
    at = end + 4;
  }
  t.strictSame([...chunks.keys()], ['IHDR', 'PLTE', 'IDAT', 'IEND']);
  const rows = inflateSync(chunks.get('IDAT') ?? '');
  const pixels = truth
    .slice(0, classes)
    .map((row) => rows.subarray(row * (classes + 1) + 1, (row + 1) * (classes + 1)));
  t.ok(pixels.every((row, i) => row[i] === 128 && row[(i + 1) % classes] === 128));
  t.equal(
    pixels.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0),
    2 * classes * 128,
  );
  t.equal(chunks.get('PLTE')?.subarray(0, 3).toString('hex'), 'eff6ff');
  t.equal(chunks.get('PLTE')?.subarray(-3).toString('hex'), '1e40af');
});

t.test('the event loop runs while a picture is made of a million rows', async (t) => {
  const rows = 1_000_000;
  const truth = Uint8Array.from({ length: rows }, (_, i) => i % 2);
  // Of the first element of a larger array, of which the rest stays here.
  const scores = Float32Array.from({ length: rows + 1 }, (_, i) => ((i * 7919) % 1000) / 1000).subarray(1);
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const svg = await gainsCurve(truth, scores);
  isDone = true;
  t.match(svg, /Gains/);
  t.ok(turns > 10_000, `${turns} turns`);
  t.equal(scores.length, rows, 'the arrays stay whose they were');
});

t.test('a report needs nothing else', async (t) => {
  const model = classifier();
  const history = await model.fit(x, y, { ...QUIET, validationSplit: 0.2 });
  const yPred = await model.predict(x);
  const html = await report(history, model, { title: 'A <run> & more', yTrue: y, yPred, labels: ['a', 'b', 'c'] });
  t.match(html, /^<!doctype html>.*<\/html>\n$/s);
  t.notMatch(html, /<run>|(src|href)=|@import|<script/, 'no markup of names, nothing from elsewhere');
  for (const text of ['Confusion matrix', 'ROC', 'Precision and recall', 'Loss']) t.ok(hasText(html, text), text);
  t.match(html, /3 epochs of 5 steps.*val_loss.*Trainable params/s);
  t.match(await report(history, model), /<h1>sequential/);
  await t.rejects(report(history, model, { yTrue: y }), { code: 'ERR_INVALID_ARG', message: /`yPred`/ });
});

t.test('a report leaves out what a picture cannot show, and says so', async (t) => {
  const model = classifier();
  const { history } = await model.fit(x, y, QUIET);
  const yPred = await model.predict(x);
  const row = [0.2, 0.3, 0.5];
  const rows: readonly (readonly [
    what: string,
    options: ReportOptions,
    left: readonly string[],
    drawn: readonly string[],
  ])[] = [
    ['classes', { yTrue: y, yPred }, [], ['Confusion matrix', 'ROC', 'Precision and recall', 'Calibration', 'Gains']],
    [
      'one-hot rows',
      {
        yTrue: [
          [0, 1],
          [1, 0],
        ],
        yPred: [
          [0.4, 0.6],
          [0.9, 0.1],
        ],
      },
      [],
      ['Confusion matrix', 'ROC'],
    ],
    ['a binary model', { yTrue: [0, 1], yPred: [[0.2], [0.7]] }, [], ['Confusion matrix (threshold 0.5)', 'Gains']],
    ['logits', { yTrue: [0, 1], yPred: [-3, 0.2], threshold: 0 }, ['Calibration'], ['Confusion matrix (threshold 0)']],
    ['numbers', { yTrue: [0.5, 2, 3], yPred: [[1], [2], [4]] }, [], ['Predicted over true', 'Residuals']],
    ['too few names', { yTrue: y, yPred, labels: ['a'] }, ['Confusion matrix'], ['ROC', 'Gains']],
    ['fewer predictions', { yTrue: [0.5, 1.5], yPred: [1] }, ['Predicted over true', 'Residuals'], ['Loss']],
    [
      'steps',
      {
        yTrue: [
          [0, 1],
          [1, 2],
        ],
        yPred: [
          [row, row],
          [row, row],
        ],
      },
      ['Predicted over true'],
      ['Loss'],
    ],
  ];
  for (const [what, options, left, drawn] of rows) {
    const html = await report({ history }, model, options);
    const found = [...html.matchAll(/<p class="left-out">([^:]+): left out\. Expected /g)].map(
      ([, name]) => name ?? '',
    );
    for (const name of left) t.ok(found.includes(name), `${what}: without ${name}`);
    if (left.length === 0) t.strictSame(found, [], what);
    for (const text of drawn) t.ok(hasText(html, text), `${what}: ${text}`);
  }
  const bare = new Sequential([new Input({ shape: [1] }), new Flatten()]);
  const html = await report(new History(), bare);
  t.match(html, /0 epochs.*Curves: left out.*Total params: 0.*Histograms: left out/s);
});

t.test('a report shows labels of which samples have any number each by itself', async (t) => {
  const model = classifier();
  const history = await model.fit(x, y, QUIET);
  const html = await report(history, model, { yTrue: LABELS, yPred: LABEL_SCORES, labels: ['red', 'round', 'ripe'] });
  for (const text of [
    'Precision and recall by label',
    'at the threshold 0.5',
    'precision',
    'recall',
    'red',
    'ripe',
    'Calibration',
  ]) {
    t.ok(hasText(html, text), text);
  }
  t.notMatch(html, /left out|Residuals/);
  // Of 'red' are 2 of the 3 that are said to be, and both are found; of 'round' 1 of 1, and 1 of 2; of 'ripe' 1 of 1, and 1 of 2.
  const points = [...html.matchAll(/aria-label="value: ([\d.]+); label: (\w+); series: (\w+)"/g)].map(([, ...own]) =>
    own.join(' '),
  );
  t.strictSame(points.sort(), [
    '0.5 ripe recall',
    '0.5 round recall',
    '0.7 red precision',
    '1.0 red recall',
    '1.0 ripe precision',
    '1.0 round precision',
  ]);
  const many = (value: (row: number, label: number) => number): number[][] =>
    Array.from({ length: 6 }, (_, row) => Array.from({ length: 20 }, (_, label) => value(row, label)));
  const scores = many((row, label) => ((row * 7 + label * 3) % 10) / 10);
  const large = await report(history, model, {
    yTrue: many((row, label) => Number((row + label) % 3 > 0)),
    yPred: scores,
  });
  const one = await report(history, model, { yTrue: [0, 0, 0], yPred: [0.1, 0.2, 0.3] });
  t.match(one, /ROC: left out\. Expected samples of a class and samples of others/);
  t.notMatch(one.replace(/<style>.*?<\/style>/gs, ''), /NaN/);
  t.match(large, /Confusion matrices: left out\. .*at most 12/);
  t.ok(hasText(large, 'Precision and recall by label'));
});

t.test('a report tells what ran, where and for how long', async (t) => {
  const model = classifier();
  model.compile({ optimizer: new Adam({ learningRate: 0.125, beta1: 0.75 }), loss: 'sparse_categorical_crossentropy' });
  const before = Date.now();
  const history = await model.fit(x, y, QUIET);
  t.ok(Number(history.startedAt) >= before && Number(history.endedAt) <= Date.now());
  t.ok(Number(history.startedAt) <= Number(history.endedAt));
  const took = { ...history, history: history.history, startedAt: new Date(0), endedAt: new Date(3_725_000) };
  const facts = Object.fromEntries(
    [...(await report(took, model)).matchAll(/<tr><td>([A-Z][^<]*)<\/td><td>([^<]*)<\/td><\/tr>/g)].map(
      ([, name, text]) => [name, text],
    ),
  );
  t.match(facts, {
    Training: '3 epochs',
    Duration: '1 h 2 min 5 s',
    Begun: '1970-01-01 00:00:00 UTC',
    Ended: '1970-01-01 01:02:05 UTC',
    Optimizer: 'Adam, beta1 0.75, beta2 0.999, epsilon 1e-7',
    'Learning rate': '0.125',
    Size: '2 layers, 163 weights (652 bytes)',
    Versions: `Gemsbok ${version}, Node ${process.versions.node}, `,
    Environment: process.arch,
    'Computed with': info().simd,
  });
  const failing = new History();
  const fail = { onEpochEnd: () => Promise.reject(new Error('mine')) };
  await t.rejects(model.fit(x, y, { ...QUIET, callbacks: [failing, fail] }), { message: 'mine' });
  t.type(failing.endedAt, Date, 'an error is an end, too');
});

t.test('series differ by more than their hue, and colours by what the reader prefers', async (t) => {
  for (const { what, draw } of PLOTS) {
    const svg = String(await draw({ format: 'svg' }));
    t.match(svg, /^<svg[^>]*><style>@media \(prefers-color-scheme:dark\)/, what);
    // Series and their marks in the legend, without axes and the line of chance.
    const marks = [...svg.matchAll(/<path [^>]*stroke="(#[0-9a-f]{6})" stroke-width="2\.5"[^>]*>/g)].map(
      ([mark, hue]) => ({
        hue,
        form: `${/ d="([^"]*)"/
          .exec(mark)?.[1]
          ?.replaceAll(/[^A-Z]/g, '')
          .slice(0, 5)} ${/dasharray="([^"]*)"/.exec(mark)?.[1]}`,
      }),
    );
    const hues = new Set(marks.map(({ hue }) => hue));
    const forms = new Set(marks.map(({ form }) => form));
    t.ok(forms.size >= Math.min(hues.size, 5), `${what}: ${[...forms]}`);
  }
});

t.test('a crossentropy is drawn to the ends of its axis', async (t) => {
  for (const loss of ['binary_crossentropy', 'categorical_crossentropy', 'sparse_categorical_crossentropy'] as const) {
    const svg = await lossCurves(loss);
    const xs = [...svg.matchAll(/<path [^>]*d="(M[^"]*)" stroke="#2563eb" stroke-width="2\.5"/g)].flatMap(
      ([, path = '']) => [...path.matchAll(/[ML]([\d.]+),/g)].map(([, at]) => Number(at)),
    );
    t.ok(Math.min(...xs) < 1 && Math.max(...xs) > 339, `${loss}: from ${Math.min(...xs)} to ${Math.max(...xs)} of 340`);
  }
});

t.test('a line is broken where it jumps', async (t) => {
  // Lines of each colour; how many pieces they are in.
  const piecesOf = (svg: string, colour: string): number =>
    svg.match(new RegExp(`<path [^>]*stroke="${colour}" stroke-width="2\\.5"`, 'g'))?.length ?? 0;
  const legend = 1;
  for (const [loss, pieces] of [
    ['mae', 2],
    ['mse', 1],
    ['huber', 1],
    ['hinge', 2],
    ['quantile', 2],
    ['binary_crossentropy', 1],
    ['log_cosh', 1],
  ] as const) {
    const svg = await lossCurves(loss);
    t.equal(piecesOf(svg, '#2563eb'), 1 + legend, `${loss} itself is whole`);
    t.equal(piecesOf(svg, '#ea580c'), pieces + legend, `the gradient of ${loss}`);
  }
  // The gradient at a probability of 1, where it is clipped, is 0: no line leads there.
  const [, path = ''] =
    /<path [^>]*d="(M[^"]*)" stroke="#ea580c" stroke-width="2\.5"/.exec(await lossCurves('binary_crossentropy')) ?? [];
  const [end = [], before = []] = [...path.matchAll(/[ML]([\d.]+),([\d.-]+)/g)].reverse();
  t.ok(Math.abs(Number(end[2]) - Number(before[2])) < 1, `from ${before[0]} to ${end[0]}`);
  t.equal(piecesOf(await scheduleCurves(STEPS), '#2563eb'), 3 + legend);
  t.equal(piecesOf(await activationCurves('relu'), '#ea580c'), 2 + legend);
  t.equal(piecesOf(await activationCurves('tanh'), '#ea580c'), 1 + legend);
});

t.test('misuse', async (t) => {
  for (const { what, call, code, message } of PLOT_ERRORS) {
    await t.rejects(Promise.resolve().then(call), { code, message }, what);
  }
  t.throws(() => new LivePlot({ port: 70_000 }), { code: 'ERR_OUT_OF_RANGE', message: /`port`/ });
});

t.test('the example draws all figures', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'figures-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { status, stderr } = spawnSync(process.execPath, ['examples/figures.mjs', '--folder', folder], {
    encoding: 'utf8',
  });
  t.equal(status, 0, stderr);
  t.equal(readdirSync(folder).filter((name) => /\.(svg|png|html)$/.test(name)).length, 35);
});
