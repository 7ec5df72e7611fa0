import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as gemsbok from 'gemsbok';
import t from 'tap';
import { nativeNames } from './helpers/registries';

const BASES = {
  losses: gemsbok.Loss,
  initializers: gemsbok.Initializer,
  regularizers: gemsbok.Regularizer,
  constraints: gemsbok.Constraint,
  optimizers: gemsbok.Optimizer,
  schedules: gemsbok.LearningRateSchedule,
  metrics: gemsbok.Metric,
  layers: gemsbok.Layer,
  callbacks: gemsbok.Callback,
};

/** The names that a page of the catalogue has, also those of an entry with several. */
function namesOf(family: string): string[] {
  const text = readFileSync(join(process.cwd(), 'docs/catalogue', `${family}.md`), 'utf8');
  const also = [...text.matchAll(/^Also (.*)\.$/gm)].flatMap(([, list = '']) => list.replaceAll('`', '').split(', '));
  return [...[...text.matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name), ...also];
}

t.test('every public class has an entry', async (t) => {
  for (const [family, base] of Object.entries(BASES)) {
    const members: Readonly<Record<string, unknown>> = { ...gemsbok };
    const classes = Object.entries(members[family] ?? {}).filter(
      ([, value]) => (value as object)?.constructor === Function,
    );
    const wanted = classes.filter(([, value]) => (value as typeof base).prototype instanceof base);
    t.strictSame(namesOf(family).sort(), wanted.map(([name]) => name).sort(), family);
  }
});

t.test('every activation of the native table has an entry', async (t) => {
  const names = new Set(namesOf('activations'));
  const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  t.strictSame(
    nativeNames('activations').filter((name) => !names.has(camel(name))),
    [],
  );
});

t.test('the catalogue is what the docstrings say', async (t) => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
});
