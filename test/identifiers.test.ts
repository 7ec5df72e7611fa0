import {
  activations,
  constraints,
  initializers,
  jsonText,
  losses,
  metrics,
  optimizers,
  regularizers,
  SGD,
} from 'gemsbok';
import t from 'tap';
import { type GoldenCase, goldenCases } from './helpers/golden';

interface GoldenIdentifier extends GoldenCase {
  readonly registry: string;
  readonly identifier: string | null;
  readonly kind?: 'instance' | 'function' | 'null';
  readonly resolves_to?: string | null;
}

interface Family {
  get(identifier: string | null): unknown;
  serialize(member: never): unknown;
}

const FAMILIES: Readonly<Record<string, Family>> = {
  activations,
  constraints,
  initializers,
  losses,
  metrics,
  optimizers,
  regularizers,
};

t.test("Keras' identifiers", async (t) => {
  for (const golden of goldenCases<GoldenIdentifier>('identifiers')) {
    const { name, registry, identifier, kind, resolves_to: wanted } = golden;
    const family = FAMILIES[registry];
    if (family === undefined) continue;
    if (golden.expect_error === true) {
      t.throws(() => family.get(identifier), { code: 'ERR_INVALID_ARG' }, name);
      continue;
    }
    const found = family.get(identifier);
    if (kind === 'null') t.equal(found, wanted, name);
    else if (kind === 'function') t.equal(family.serialize(found as never), wanted, name);
    else t.equal((found as object).constructor.name, wanted, name);
  }
});

t.test('a misspelt identifier is told what was meant, or what there is', async (t) => {
  for (const [name, family] of Object.entries(FAMILIES)) {
    const one = name === 'losses' ? 'loss' : name.slice(0, -1);
    const what = new RegExp(`\`${one}\`, received 'nothing_like_it'\\. There are: \\w+, `);
    t.throws(() => family.get('nothing_like_it'), { code: 'ERR_INVALID_ARG', message: what });
  }
});

t.test("Keras' config of a bare function stands for its name", async (t) => {
  const bare = (module: string, config: string) => ({
    module,
    class_name: 'function' as const,
    config,
    registered_name: config,
  });
  t.equal(activations.get(bare('keras.activations', 'relu')), activations.relu);
  const squared = bare('keras.losses', 'mean_squared_error');
  t.equal(losses.get(squared), losses.meanSquaredError);
  t.equal(losses.deserialize(squared), losses.meanSquaredError);
  t.ok(metrics.get(bare('keras.metrics', 'mean_squared_error')) instanceof metrics.MeanSquaredError);
  t.throws(() => losses.get(bare('keras.losses', 'nothing')), { code: 'ERR_INVALID_ARG' });
  t.throws(() => activations.get(bare('keras.activations', 'nothing')), { code: 'ERR_INVALID_ARG' });
});

t.test('a config as text keeps the floats for which Python takes no integer', async (t) => {
  const text = jsonText(optimizers.serialize(new SGD({ learningRate: 1, name: '"momentum":0,' })));
  t.match(text, '"learning_rate":1.0,');
  t.match(text, '"momentum":0.0,');
  t.equal(JSON.parse(text).config.name, '"momentum":0,', 'in strings nothing changes');
});

t.test('lists of names are resolved by `map`, whatever else it passes', async (t) => {
  for (const [name, { get }] of Object.entries(FAMILIES)) {
    t.throws(() => ['nothing'].map(get), { code: 'ERR_INVALID_ARG' }, name);
  }
});
