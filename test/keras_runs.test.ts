import { readFileSync } from 'node:fs';
import * as gemsbok from 'gemsbok';
import { type FitOptions, Input, type Layer, Sequential, type Tensor } from 'gemsbok';
import t, { type Test } from 'tap';

/** A class of Keras with its arguments. */
interface GoldenObject {
  readonly class: string;
  readonly args: Readonly<Record<string, unknown>>;
}

interface GoldenFit {
  readonly name: string;
  readonly layers: readonly { readonly type: string; readonly weights: number[][] }[];
  readonly x: number[][];
  readonly y: number[];
  readonly compile: Readonly<Record<string, unknown>>;
  readonly fit: Readonly<Record<string, unknown>> & { readonly callbacks?: readonly GoldenObject[] };
  readonly expected_history: Record<string, number[]>;
  readonly expected_epochs: number[];
  readonly expected_weights: unknown[];
  readonly expected_evaluate: Record<string, number>;
  readonly expected_predict: number[][];
  readonly tolerance: number;
}

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Keras' arguments as options. */
function options(args: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [camel(name), value]));
}

function make<T>(namespace: object, { class: name, args }: GoldenObject): T {
  const Class = (namespace as Record<string, new (options: object) => T>)[name];
  if (Class === undefined) throw new Error(`there is no ${name}`);
  return new Class(options(args));
}

function value(namespace: object, given: unknown): unknown {
  if (Array.isArray(given)) return given.map((one) => value(namespace, one));
  const isObject = typeof given === 'object' && given !== null && 'class' in given;
  return isObject ? make(namespace, given as GoldenObject) : given;
}

function modelOf(golden: GoldenFit): Sequential {
  const layers = golden.layers.map(({ type, weights, ...args }) => make<Layer>(gemsbok.layers, { class: type, args }));
  const model = new Sequential([new Input({ shape: [golden.x[0]?.length ?? 0] }), ...layers]);
  model.setWeights(golden.layers.flatMap(({ weights }) => weights));
  const { optimizer, loss, metrics, weighted_metrics, ...rest } = golden.compile;
  model.compile({
    ...options(rest),
    optimizer: value(gemsbok.optimizers, optimizer) as gemsbok.Optimizer,
    loss: value(gemsbok.losses, loss) as gemsbok.losses.LossName,
    metrics: value(gemsbok.metrics, metrics) as gemsbok.metrics.MetricName[],
    weightedMetrics: value(gemsbok.metrics, weighted_metrics) as gemsbok.metrics.MetricName[],
  });
  return model;
}

function near(test: Test, found: unknown, wanted: unknown, tolerance: number, what: string): void {
  const [a, b] = [[found], [wanted]].map((values) => values.flat(9) as number[]) as [number[], number[]];
  const errors = b.map((expected, i) => Math.abs((a[i] ?? Number.NaN) - expected) / Math.max(1, Math.abs(expected)));
  const worst = Math.max(...errors);
  test.ok(a.length === b.length && worst <= tolerance, `${what}: off by ${worst}`);
}

async function check(t: Test, golden: GoldenFit): Promise<void> {
  const { tolerance } = golden;
  const model = modelOf(golden);
  const { callbacks = [], ...rest } = golden.fit;
  const history = await model.fit(golden.x, golden.y, {
    ...(options(rest) as FitOptions),
    callbacks: callbacks.map((callback) => make<gemsbok.Callback>(gemsbok.callbacks, callback)),
  });
  t.strictSame(history.epoch, golden.expected_epochs);
  t.strictSame(Object.keys(history.history).sort(), Object.keys(golden.expected_history).sort());
  for (const [name, values] of Object.entries(golden.expected_history)) {
    near(t, history.history[name], values, tolerance, name);
  }
  const arrays = (tensors: readonly Tensor[]): unknown => tensors.map((tensor) => tensor.toArray());
  near(t, arrays(model.getWeights()), golden.expected_weights, tolerance, 'weights');
  const evaluated = await model.evaluate(golden.x, golden.y);
  for (const [name, expected] of Object.entries(golden.expected_evaluate)) {
    near(t, evaluated[name], expected, tolerance, `evaluate ${name}`);
  }
  near(t, (await model.predict(golden.x)).toArray(), golden.expected_predict, tolerance, 'predict');
}

t.test("Keras' own runs", async (t) => {
  const { cases } = JSON.parse(readFileSync('test/fixtures/golden/fit.json', 'utf8')) as { cases: GoldenFit[] };
  for (const golden of cases) {
    await t.test(golden.name, (t) => check(t, golden));
  }
});
