import {
  BatchNormalization,
  getThreads,
  Input,
  Normalization,
  Sequential,
  SGD,
  SwapEMAWeights,
  setThreads,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { QUIET } from './models.cases';

// What layers make of their weights before a forward pass is that of the weights as they are now, whoever changed them.
const COLUMNS = 5;
const ROWS = 300;
const x = {
  data: Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => 3 * Math.sin(i) + (i % COLUMNS)),
  shape: [ROWS, COLUMNS],
};
const first = { data: x.data.slice(0, COLUMNS), shape: [1, COLUMNS] };
const zeros = { data: new Float32Array(ROWS * COLUMNS), shape: [ROWS, COLUMNS] };

class Subject {
  readonly normalization = new Normalization();
  readonly batchNormalization = new BatchNormalization({ momentum: 0.5, epsilon: 0.01 });
  readonly model: Sequential;

  constructor(frozen = false) {
    this.normalization.adapt(x);
    this.batchNormalization.trainable = !frozen;
    this.model = this.another();
  }

  /** A model of the same layers. */
  another(): Sequential {
    const model = new Sequential([new Input({ shape: [COLUMNS] }), this.normalization, this.batchNormalization]);
    model.compile({ optimizer: new SGD({ learningRate: 0.5, useEma: true, emaMomentum: 0.5 }), loss: 'mse' });
    return model;
  }

  /** The formula in double precision, from the weights as they are read. */
  expected(): number[] {
    const [mean, variance] = this.normalization.getWeights().map(({ data }) => data);
    const [gamma, beta, moving, spread] = this.batchNormalization.getWeights().map(({ data }) => data);
    return Array.from(x.data, (value, i) => {
      const c = i % COLUMNS;
      const at = (values: ArrayLike<number> | undefined): number => values?.[c] ?? Number.NaN;
      const standard = (value - at(mean)) / Math.sqrt(at(variance));
      return ((standard - at(moving)) / Math.sqrt(at(spread) + 0.01)) * at(gamma) + at(beta);
    });
  }

  /** Predictions of all rows and of one, and evaluation, which also prepare whatever is kept for the next time. */
  async check(t: Test, when: string): Promise<void> {
    const expected = this.expected();
    const sync = this.model.predictSync(x);
    const far = expected.filter(
      (value, i) => !(Math.abs((sync.data[i] ?? Number.NaN) - value) <= 1e-5 * (1 + Math.abs(value))),
    );
    t.strictSame(far, [], `predictSync, ${when}`);
    t.strictSame((await this.model.predict(x)).data, sync.data, `predict, ${when}`);
    t.strictSame(this.model.predictSync(first).data, sync.data.slice(0, COLUMNS), `one row, ${when}`);
    const loss = expected.reduce((sum, value) => sum + value ** 2, 0) / expected.length;
    const { loss: evaluated = Number.NaN } = await this.model.evaluate(x, zeros, { verbose: 0 });
    t.ok(Math.abs(evaluated - loss) <= 1e-5 * loss, `evaluate, ${when}`);
  }
}

const shifted = (subject: Subject['model'] | Subject['batchNormalization']) =>
  subject
    .getWeights()
    .map(({ data, shape }) => ({ data: Float32Array.from(data, (value) => 1.5 * Math.abs(value) + 0.25), shape }));

const CHANGES: Readonly<Record<string, (subject: Subject) => unknown>> = {
  fit: ({ model }) => model.fit(x, zeros, QUIET),
  trainOnBatch: ({ model }) => model.trainOnBatch(x, zeros),
  'setWeights of the model': ({ model }) => model.setWeights(shifted(model)),
  'setWeights of a layer': ({ batchNormalization }) => batchNormalization.setWeights(shifted(batchNormalization)),
  adapt: ({ normalization }) => normalization.adapt({ data: x.data.map((value) => 2 * value + 1), shape: x.shape }),
  loadWeights: async ({ model }) => {
    const other = new Subject();
    await other.model.fit(x, zeros, QUIET);
    await model.loadWeights(await other.model.toBytes('weights.h5'));
  },
  'training of a model that shares the layers': (subject) => subject.another().fit(x, zeros, QUIET),
};

for (const [name, change] of Object.entries(CHANGES)) {
  t.test(`${name} shows in what follows`, async (t) => {
    const subject = new Subject();
    await subject.check(t, 'before');
    const before = String(subject.expected());
    await change(subject);
    t.not(String(subject.expected()), before, 'something changed');
    await subject.check(t, 'after');
  });
}

t.test('the means that SwapEMAWeights shows are those of predictions', async (t) => {
  const subject = new Subject();
  const seen: number[][] = [];
  const look = {
    onEpochBegin: () => subject.check(t, 'as an epoch begins'),
    onEpochEnd: async () => {
      seen.push(subject.expected());
      await subject.check(t, 'as an epoch ends');
    },
  };
  await subject.model.fit(x, zeros, {
    ...QUIET,
    epochs: 2,
    callbacks: [new SwapEMAWeights({ swapOnEpoch: true }), look],
  });
  t.equal(seen.length, 2);
  await subject.check(t, 'after the run');
});

t.test('a frozen layer trains others by its weights as they are', async (t) => {
  const subject = new Subject(true);
  for (let step = 0; step < 3; step++) {
    const loss = subject.expected().reduce((sum, value) => sum + value ** 2, 0) / x.data.length;
    const { loss: trained = Number.NaN } = await subject.model.trainOnBatch(x, zeros);
    t.ok(Math.abs(trained - loss) <= 1e-5 * loss, `step ${step}`);
    subject.batchNormalization.setWeights(shifted(subject.batchNormalization));
  }
});

t.test('the bits do not depend on the number of threads', async (t) => {
  const before = getThreads();
  t.teardown(() => setThreads(before));
  const results: unknown[] = [];
  for (const threads of [1, 2, 3, 8]) {
    setThreads(threads);
    const subject = new Subject();
    await subject.model.fit(x, zeros, QUIET);
    results.push([(await subject.model.predict(x)).data, await subject.model.evaluate(x, zeros, { verbose: 0 })]);
  }
  for (const result of results) t.strictSame(result, results[0]);
});
