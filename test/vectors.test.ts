import { Dense, F1Score, FBetaScore, Flatten, Input, Sequential, Tensor } from 'gemsbok';
import t from 'tap';

t.test('F scores of vectors are those of one class', async (t) => {
  const [yTrue, yPred] = [
    [0, 1, 1, 1],
    [0.7, 0.8, 0.3, 0.6],
  ];
  const column = (values: number[]): number[][] => values.map((value) => [value]);
  // Two of three true ones are found, among three.
  const [precision, recall] = [2 / 3, 2 / 3];
  const expected = (beta: number): number => ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall);
  for (const average of ['micro', 'macro', 'weighted', null] as const) {
    for (const [a, b] of [
      [yTrue, yPred],
      [yTrue, column(yPred)],
      [column(yTrue), yPred],
      [column(yTrue), column(yPred)],
    ] as const) {
      for (const metric of [
        new F1Score({ threshold: 0.5, average }),
        new FBetaScore({ threshold: 0.5, average, beta: 2 }),
      ]) {
        metric.updateState(a as number[], b as number[]);
        const result: unknown = metric.result();
        const found = result instanceof Tensor ? Number(result.data[0]) : Number(result);
        t.ok(Math.abs(found - expected(metric.beta)) < 1e-6, `${metric.name}, ${average}: ${found}`);
      }
    }
  }
  const model = new Sequential([new Input({ shape: [1] }), new Dense({ units: 1, kernelInitializer: 'ones' })]);
  model.compile({ loss: 'mse', metrics: [new F1Score({ threshold: 0.5, average: 'micro' })] });
  const logs = await model.evaluate(yPred, yTrue);
  t.ok(Math.abs((logs.f1_score ?? 0) - 2 / 3) < 1e-6, 'and in a model');
  t.throws(() => new F1Score().updateState([[[1]]], [[[1]]]), { code: 'ERR_SHAPE_MISMATCH' });
});

t.test('Flatten takes channels that come first', async (t) => {
  const x = { data: Float32Array.from({ length: 24 }, (_, i) => i), shape: [1, 2, 3, 4] };
  const flat = async (
    dataFormat: 'channels_first' | 'channelsFirst' | 'channels_last' | undefined,
  ): Promise<number[]> =>
    Array.from((await new Sequential([new Input({ shape: [2, 3, 4] }), new Flatten({ dataFormat })]).predict(x)).data);
  // As Keras gives them: each of the 12 places of both channels.
  const wanted = Array.from({ length: 12 }, (_, i) => [i, 12 + i]).flat();
  t.strictSame(await flat('channels_first'), wanted);
  t.strictSame(await flat('channelsFirst'), wanted);
  t.strictSame(await flat('channels_last'), Array.from(x.data));
  t.strictSame(await flat(undefined), Array.from(x.data));
  const vector = new Sequential([new Input({ shape: [2] }), new Flatten({ dataFormat: 'channels_first' })]);
  t.strictSame((await vector.predict([[1, 2]])).toArray(), [[1, 2]]);
  t.equal(Flatten.fromConfig(new Flatten({ dataFormat: 'channels_first' }).getConfig()).dataFormat, 'channels_first');
  t.throws(() => new Flatten({ dataFormat: 'first' as never }), { code: 'ERR_INVALID_ARG' });
});
