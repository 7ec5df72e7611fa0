import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as gemsbok from 'gemsbok';
import t from 'tap';
import { classesOf, FAMILIES, type Family } from './helpers/families';

interface Names {
  readonly keras: readonly string[];
  /** Why each of these is not here. */
  readonly left_out?: Readonly<Record<string, string>>;
  readonly beyond_keras?: readonly string[];
}

/** What Keras 3.16 has with a dense meaning; losses and metrics have tests of their own. */
const NAMES = JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures/keras_names.json'), 'utf8')) as Readonly<
  Record<string, Names>
>;

const TESTED_HERE: readonly Family[] = [
  'initializers',
  'regularizers',
  'constraints',
  'optimizers',
  'schedules',
  'callbacks',
];
const library: Readonly<Record<string, unknown>> = { ...gemsbok };

t.test("the classes of each family are Keras' but for those left out", async (t) => {
  for (const family of TESTED_HERE) {
    const { keras = [], left_out: leftOut = {}, beyond_keras: beyond = [] } = NAMES[family] ?? {};
    const wanted = [...keras.filter((name) => !(name in leftOut)), ...beyond];
    t.strictSame([...classesOf(family).keys()].sort(), wanted.sort(), family);
    for (const name of wanted) t.equal((library[family] as Record<string, unknown>)[name], library[name], name);
    for (const name of Object.keys(leftOut)) t.ok(keras.includes(name), `${name} is one of Keras'`);
  }
});

t.test("every activation of Keras is found by Keras' name", async (t) => {
  const { keras = [] } = NAMES.activations ?? {};
  const functions = gemsbok.activations as Readonly<Record<string, unknown>>;
  const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  for (const name of keras) {
    t.equal(gemsbok.activations.get(name), functions[camel(name)], name);
    t.equal(gemsbok.activations.get(camel(name)), functions[camel(name)], camel(name));
  }
  const names = Object.keys(functions).filter((name) => !/^(get|serialize|deserialize|gradient)$/.test(name));
  t.strictSame(names.sort(), keras.map(camel).sort());
});

t.test('every class of a family is in its namespace, and by itself where no other family has its name', async (t) => {
  for (const family of FAMILIES) {
    const listed = classesOf(family);
    const folder = join('lib', family);
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const written = sources.flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return [...text.matchAll(/(.*)\nexport class (\w+)(?:<.*>)? extends /g)].flatMap(([, above = '', type = '']) => {
        return above.startsWith('/** @internal ') ? [] : [type];
      });
    });
    t.ok(written.length > 3, family);
    for (const name of written) t.ok(listed.has(name), `${family}/classes.ts lists ${name}`);
    for (const [name, type] of listed) {
      const others = FAMILIES.filter((other) => other !== family).map((other) => classesOf(other).get(name));
      if (library[name] !== type)
        t.ok(others.includes(library[name] as never), `${name} by itself is of another family`);
    }
  }
});

/** The file of each name that the pattern finds in a folder's files. */
function filesByName(folder: string, pattern: RegExp): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(folder).flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return [...text.matchAll(pattern)].map(([, name = '']) => [name, file.replace(/(-inl)?\.\w+$/, '')] as const);
    }),
  );
}

t.test('a formula, its class and the metric of its name stand in files of one name', async (t) => {
  const losses = filesByName('lib/losses', /^export class (\w+)</gm);
  const functors = filesByName('native/core/losses', /^struct (\w+)/gm);
  const metrics = filesByName('lib/metrics', /^export class (\w+)/gm);
  t.ok(losses.size > 20);
  for (const [name, file] of losses) {
    t.equal(functors.get(name), file, name);
    if (classesOf('metrics').has(name)) t.equal(metrics.get(name), file, `metrics.${name}`);
  }
  const activations = filesByName('lib/activations', /= define(?:Along)?(?:<\w+>)?\(\s*'(\w+)'/g);
  const tables = filesByName('native/core/activations', /^ {4}\w+<[\w, ]+>\("(\w+)"/gm);
  t.ok(activations.size > 25);
  for (const [name, file] of activations) t.equal(tables.get(name), file, name);
});

t.test('a list of classes is nothing but what it exports', async (t) => {
  for (const family of FAMILIES) {
    const lines = readFileSync(join('lib', family, 'classes.ts'), 'utf8')
      .trim()
      .split('\n');
    for (const line of lines) t.match(line, /^(\/\/ |export .* from '\.\/[\w/]+';$)/, family);
  }
  const entry = readFileSync('lib/index.ts', 'utf8').split('\n');
  t.ok(entry.length <= 60, 'the entry names families, not classes');
});
