import { Dense, Input, Sequential } from 'gemsbok';
import { confusionMatrix, report, trainingCurves, weightHistograms } from 'gemsbok/plots';
import t from 'tap';

/** What stands in the cells of a matrix of two classes. */
function cellsOf(svg: string): number[] {
  return [...svg.matchAll(/<text[^>]*>(\d+)<\/text>/g)].map(([, text]) => Number(text)).filter((count) => count > 1);
}

t.test('histograms count all weights of a large layer', async (t) => {
  const model = new Sequential([new Input({ shape: [600] }), new Dense({ units: 600, useBias: false })]);
  const kernel = Float32Array.from({ length: 600 * 600 }, (_, i) => Number(i % 3 === 0));
  model.setWeights([{ data: kernel, shape: [600, 600] }]);
  const counts = [...(await weightHistograms(model)).matchAll(/; count: ([\d,]+)"/g)].map(([, count]) =>
    Number(count?.replaceAll(',', '')),
  );
  t.equal(counts[0], 240_000, 'zeros');
  t.equal(counts.at(-1), 120_000, 'ones');
  t.equal(
    counts.reduce((a, b) => a + b),
    kernel.length,
  );
});

t.test('large arrays are read whole, typed ones and nested ones', async (t) => {
  const rows = 300_000;
  const truth = Uint8Array.from({ length: rows + 1 }, (_, i) => Number(i % 4 === 0)).subarray(1);
  const always = new Float32Array(rows).fill(0.9);
  const expected = [(3 * rows) / 4, rows / 4];
  t.strictSame(cellsOf(await confusionMatrix(truth, always)), expected);
  t.strictSame(
    cellsOf(
      await confusionMatrix(
        Array.from(truth),
        Array.from(always, (score) => [score]),
      ),
    ),
    expected,
  );
});

t.test('a report has copied small arrays before it waits', async (t) => {
  const model = new Sequential([new Input({ shape: [1] }), new Dense({ units: 1 })]);
  const truth = Uint8Array.from({ length: 200 }, (_, i) => i % 2);
  const scores = Float32Array.from(truth, (label) => 0.25 + label / 2);
  const page = report({ history: { loss: [1, 0.5] } }, model, { yTrue: truth, yPred: scores });
  truth.fill(0);
  scores.fill(0);
  const [, predictions = ''] = /<h2>Predictions(.*?)<h2>/s.exec(await page) ?? [];
  t.strictSame(cellsOf(predictions), [100, 100]);
});

t.test('long lines keep what stands out', async (t) => {
  const epochs = 100_000;
  const loss = Array.from({ length: epochs }, (_, i) => 1 + (i % 7) / 7);
  loss[54_321] = 0.5;
  loss[65_432] = 50;
  loss[76_543] = Number.NaN;
  const svg = await trainingCurves({ history: { loss } });
  t.match(svg, /linear scale with values from 0 to 50|linear scale with values from 0\.5 to 50/);
  t.match(svg, /not finite in epoch 76544</);
  t.ok(svg.length < 100_000, `${svg.length} letters`);
  const short = await trainingCurves({ history: { loss: loss.slice(0, 1200) } });
  t.equal([...short.matchAll(/[ML]-?[\d.]+,/g)].length >= 1200, true, 'all of 1,200 epochs');
});
