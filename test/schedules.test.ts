import { LearningRateSchedule, optimizers, SGD, schedules } from 'gemsbok';
import t from 'tap';
import { goldenCases } from './helpers/golden';
import { near } from './helpers/optimizers';
import type { Args } from './optimizers.cases';
import { schedule } from './oracle/schedules';
import { REFUSED, SCHEDULES, STEP_COUNTS } from './schedules.cases';

class Inverse extends LearningRateSchedule {
  readonly scale: number;

  constructor({ scale }: { readonly scale: number }) {
    super();
    this.scale = scale;
  }

  override at(step: number): number {
    return this.scale / (step + 1);
  }

  override getConfig(): Args {
    return { scale: this.scale };
  }
}

t.test('rates are those of the oracle', async (t) => {
  for (const [name, { type, variants }] of Object.entries(SCHEDULES)) {
    for (const args of variants) {
      const rates = type.fromConfig(args);
      const found = STEP_COUNTS.map((step) => rates.at(step));
      const wanted = STEP_COUNTS.map((step) => schedule(name, args, step));
      near(t, found, wanted, 1e-12, `${name} ${JSON.stringify(args)}`);
    }
  }
});

interface Golden {
  readonly name: string;
  readonly class: string;
  readonly args: Args;
  readonly step: number;
  readonly expected: number;
  readonly tolerance: number;
  readonly expect_error?: boolean;
}

t.test("Keras' own rates", async (t) => {
  for (const golden of goldenCases<Golden>('schedules')) {
    const type = SCHEDULES[golden.class]?.type;
    if (golden.expect_error) t.throws(() => type?.fromConfig(golden.args), { code: /^ERR_/ }, golden.name);
    else
      near(t, [type?.fromConfig(golden.args).at(golden.step) ?? 0], [golden.expected], golden.tolerance, golden.name);
  }
});

t.test('periods that shrink end: after them the rate is NaN, as in Keras', async (t) => {
  const rates = new schedules.CosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 8, tMul: 0.5 });
  near(
    t,
    [4, 8, 10, 12].map((step) => rates.at(step)),
    [0.5, 1, 0.5, 1],
    1e-12,
    'before',
  );
  t.ok(Number.isNaN(rates.at(16)));
});

t.test('configs', async (t) => {
  for (const [name, { type, variants, config }] of Object.entries(SCHEDULES)) {
    const [args] = variants;
    const made = type.fromConfig(args as Args);
    t.strictSame(made.getConfig(), config, name);
    const stored = schedules.serialize(made);
    const wanted = { module: 'keras.optimizers.schedules', class_name: name, config, registered_name: null };
    t.strictSame(stored, wanted, `${name} serialized`);
    t.strictSame(schedules.deserialize(JSON.parse(JSON.stringify(stored))), made, `${name} deserialized`);
  }
});

t.test('every schedule of the namespace has a row', async (t) => {
  const classes = Object.keys(schedules).filter((name) => /^[A-Z]/.test(name) && name !== 'LearningRateSchedule');
  t.strictSame(classes.sort(), Object.keys(SCHEDULES).sort());
  t.equal(optimizers.schedules, schedules);
});

t.test('misuse', async (t) => {
  for (const [name, args, code] of REFUSED) {
    t.throws(() => SCHEDULES[name]?.type.fromConfig(args), { code }, `${name} ${JSON.stringify(args)}`);
  }
  const unknown = { class_name: 'ExponentalDecay', config: {} };
  t.throws(() => schedules.deserialize(unknown), { code: 'ERR_INVALID_ARG', message: /'ExponentialDecay'/ });
});

t.test('a schedule of your own', async (t) => {
  const optimizer = new SGD({ learningRate: new Inverse({ scale: 6 }) });
  const weights = Float32Array.of(0);
  for (let step = 0; step < 3; step++) optimizer.apply([[1]], [weights]);
  t.strictSame(weights, Float32Array.of(-(6 + 3 + 2)));
  const stored = schedules.serialize(new Inverse({ scale: 6 }));
  t.strictSame(stored, { module: null, class_name: 'Inverse', config: { scale: 6 }, registered_name: 'Inverse' });
  t.strictSame(schedules.deserialize(stored, { Inverse }), new Inverse({ scale: 6 }));
  t.throws(() => schedules.deserialize(stored), { code: 'ERR_INVALID_ARG' });
  class Silent extends LearningRateSchedule {
    override at(): number {
      return 1;
    }
  }
  t.throws(() => new SGD({ learningRate: new Silent() }).getConfig(), { code: 'ERR_UNSUPPORTED' });
});
