import { activations as allActivations } from 'gemsbok';
import t, { type Test } from 'tap';
import { classesOf, FAMILIES } from './helpers/families';
import { errorClass, wrong } from './helpers/misuse';
import { ACCEPTED, BESIDE, NO_OPTIONS, REQUIRED, WRONG } from './misuse.cases';

interface Subject {
  readonly family: string;
  readonly name: string;
  /** Constructs or calls it. */
  readonly make: (options: unknown) => unknown;
}

const { get, serialize, deserialize, gradient, ...functions } = allActivations;

const classes = FAMILIES.flatMap((family) =>
  [...new Set(classesOf(family).values())].map(
    (Class): Subject => ({ family, name: Class.name, make: (options) => new Class(options) }),
  ),
);
const X = { data: new Float32Array(4), shape: [2, 2] };
const activations = Object.entries(functions).map(
  ([name, call]): Subject => ({ family: 'activations', name, make: (options) => wrong(call)(X, options) }),
);

/** Why the error is not as every error is to be; null where it is. */
function fault(error: unknown, argument: string): string | null {
  const { code, message } = wrong(error);
  if (code === undefined || !(error instanceof errorClass(code))) return `no error with a code: ${error}`;
  if (!/^expected .* for `.*`, received /is.test(message)) return `says not what is expected: ${message}`;
  return new RegExp(`\`${argument}[\`.[]`).test(message) ? null : `names not \`${argument}\`: ${message}`;
}

/** null where the value is accepted, '' where it is refused as it should be. */
function outcome(make: () => unknown, argument: string): string | null {
  try {
    make();
  } catch (error) {
    return fault(error, argument) ?? '';
  }
  return null;
}

/** Every option that a subject knows, as its own error tells. */
function optionsOf({ name, make }: Subject): string[] {
  const unknown = 'noOptionOfAnyClass';
  try {
    make({ ...REQUIRED[name], [unknown]: 1 });
  } catch (error) {
    const { message } = error as Error;
    const found = /(?:knows: (.*)|has none)\.$/.exec(message);
    if (found !== null && fault(error, unknown) === null) return found[1]?.split(', ') ?? [];
  }
  throw new Error(`${name} does not refuse an unknown option`);
}

/** The row of an option, which is that of its narrowest key. */
function keyOf({ family, name }: Subject, option: string): string | undefined {
  return [`${name}.${option}`, `${family}.${option}`, option].find((key) => ROWS.has(key));
}

const ROWS = new Map(ACCEPTED.flatMap(({ values, options }) => options.map((key) => [key, values] as const)));
const used = new Set<string | undefined>();

const inOrder = (values: readonly string[] = []): string[] =>
  Object.keys(WRONG).filter((label) => values.includes(label));

for (const subject of [...classes, ...activations]) {
  const { family, name, make } = subject;
  t.test(`${family}.${name}`, async (t) => {
    const warnings = t.capture(process, 'emitWarning', () => {});
    for (const label of NO_OPTIONS) {
      const found = outcome(() => make(WRONG[label]), 'options');
      t.equal(found, '', `${label} for options`);
    }
    const [needed] = Object.keys(REQUIRED[name] ?? BESIDE[name] ?? {});
    const found = outcome(() => make(undefined), needed ?? 'options');
    t.equal(found, needed === undefined ? null : '', 'without any options');
    const options = optionsOf(subject);
    for (const option of options) checkOption(t, subject, option);
    if (options.includes('decay'))
      t.equal(warnings().length, Object.keys(WRONG).length - 1, 'a warning for each `decay` but null');
  });
}

function checkOption(t: Test, subject: Subject, option: string): void {
  const { name, make } = subject;
  const beside = { ...REQUIRED[name], ...(BESIDE[`${name}.${option}`] ?? BESIDE[name]) };
  const { [option]: _, ...others } = beside as Record<string, unknown>;
  const outcomes = Object.entries(WRONG).map(([label, value]) => {
    return { label, found: outcome(() => make({ ...others, [option]: value }), option) };
  });
  const faults = outcomes.filter(({ found }) => found !== null && found !== '');
  t.strictSame(faults, [], `${option}: refused with an error that helps`);
  const key = keyOf(subject, option);
  used.add(key);
  const accepted = outcomes.filter(({ found }) => found === null).map(({ label }) => label);
  t.strictSame(accepted, inOrder(ROWS.get(key ?? '')), `${option}: accepts what its row says`);
  const leftOut = outcome(() => make(others), option);
  const isUndefined = outcome(() => make({ ...others, [option]: undefined }), option);
  t.equal(isUndefined, leftOut, `${option}: undefined leaves it out`);
  if (option in (REQUIRED[name] ?? {})) t.equal(leftOut, '', `${option}: may not be left out`);
}

t.test('the tables hold nothing else', async (t) => {
  const keys = ACCEPTED.flatMap(({ options }) => options);
  const stale = keys.filter((key) => !used.has(key));
  t.strictSame(stale, [], 'each key is of an option');
  const twice = keys.filter((key, i) => keys.indexOf(key) !== i);
  t.strictSame(twice, [], 'which is in one row');
  const values = ACCEPTED.flatMap(({ values }) => values).filter((value) => !(value in WRONG));
  t.strictSame(values, [], 'values are among the wrong ones');
  const names = new Set([...classes, ...activations].map(({ name }) => name));
  const needs = [...Object.keys(REQUIRED), ...Object.keys(BESIDE)].map((key) => key.split('.')[0] ?? '');
  const unknown = needs.filter((name) => !names.has(name));
  t.strictSame(unknown, [], 'options are given to classes that there are');
});
