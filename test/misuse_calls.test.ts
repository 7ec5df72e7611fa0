import * as gemsbok from 'gemsbok';
import * as plots from 'gemsbok/plots';
import * as serving from 'gemsbok/serving';
import t from 'tap';
import { caught, wrong } from './helpers/misuse';
import { WRONG } from './misuse.cases';
import { NOT_CALLED, RIGHT_CALLS } from './misuse_calls.cases';

type Call = (...args: readonly unknown[]) => unknown;

const isClass = (value: unknown): boolean => /^class\b/.test(Function.prototype.toString.call(value));

/** Everything that can be called or made, by its name in the package, once. */
function callables(namespace: object, path: string, found: Map<unknown, string>): Map<unknown, string> {
  for (const [name, value] of Object.entries(namespace)) {
    if (typeof value === 'function') found.set(value, found.get(value) ?? `${path}${name}`);
    else if (typeof value === 'object' && value !== null) callables(value, `${path}${name}.`, found);
  }
  return found;
}

/** Null where a call works, or its error has a code: of the list, or the system's; else what it says. */
async function fault(call: () => unknown): Promise<string | null> {
  try {
    await call();
    return null;
  } catch (error) {
    const { code, syscall } = wrong(error ?? {});
    return gemsbok.ERROR_CODES.includes(code) || syscall !== undefined ? null : String(error);
  }
}

const VALUES: readonly (readonly [string, unknown])[] = [['undefined', undefined], ...Object.entries(WRONG)];
const LEAST = ['undefined', 'null', '1.5', '1n', "'nonsense'", 'Symbol()', '{}', '[]', 'a function', 'a class'];
const FEW = VALUES.filter(([label]) => LEAST.includes(label));
const PAIRS = FEW.flatMap(([first, a]) => FEW.map(([second, b]) => [`${first}, ${second}`, [a, b]] as const));

t.before(() => process.chdir(t.testdir({ 'rows.csv': 'a,b\n1,2\n' })));
t.teardown(() => process.chdir(`${__dirname}/..`));
t.capture(process, 'emitWarning', () => {});

async function faultsOf(call: Call, lists: readonly (readonly [string, readonly unknown[]])[]): Promise<string[]> {
  const faults: string[] = [];
  for (const [label, args] of lists) {
    const found = await fault(() => call(...args));
    if (found !== null) faults.push(`(${label}): ${found}`);
  }
  return faults;
}

const found = new Map<unknown, string>();
for (const namespace of [gemsbok, plots, serving]) callables(namespace, '', found);

t.test('two arguments of nonsense: an error with a code, or none', async (t) => {
  t.ok(found.size > 300);
  const names = [...found.values()];
  t.strictSame(
    Object.keys(NOT_CALLED).filter((name) => !names.includes(name)),
    [],
  );
  for (const [value, name] of found) {
    if (name in NOT_CALLED) continue;
    const call: Call = isClass(value) ? (...args) => new (wrong(value))(...args) : wrong(value);
    t.strictSame(await faultsOf(call, PAIRS), [], name);
  }
});

t.test('one argument of nonsense among right ones', async (t) => {
  for (const { name, call, args } of RIGHT_CALLS) {
    await t.resolves(async () => await call(...args), `${name}, as it should be`);
    const spoilt = args.flatMap((_, i) =>
      VALUES.map(([label, value]) => [`${i}: ${label}`, args.with(i, value)] as const),
    );
    const beyond = VALUES.map(([label, value]) => [`${args.length}: ${label}`, [...args, value]] as const);
    t.strictSame(await faultsOf(call, [...spoilt, ...beyond]), [], name);
  }
});

t.test('one option of nonsense among right arguments', async (t) => {
  for (const { name, call, args } of RIGHT_CALLS) {
    const last = args.at(-1);
    if (Object.getPrototypeOf(last ?? []) !== Object.prototype || name === 'Lambda.apply') continue;
    const given = (options: object) => fault(() => call(...args.with(-1, { ...(last as object), ...options })));
    const unknown = await caught(() => call(...args.with(-1, { ...(last as object), noOptionOfAnyClass: 1 }))).catch(
      (error: Error) => error,
    );
    const known = /knows: (.*)\.$/.exec(unknown.message)?.[1]?.split(', ') ?? [];
    t.not(known.length, 0, `${name}: ${unknown.message}`);
    const faults: string[] = [];
    for (const option of known) {
      for (const [label, value] of VALUES) {
        const found = await given({ [option]: value });
        if (found !== null) faults.push(`${option}: ${label}: ${found}`);
      }
    }
    t.strictSame(faults, [], name);
  }
});

t.test('classes of users, which have no constructor', async (t) => {
  class OwnLoss extends gemsbok.Loss {}
  class OwnMetric extends gemsbok.Metric {
    override result = () => 1;
    override resetState = () => {};
  }
  class OwnLayer extends gemsbok.Layer {
    override call = (input: gemsbok.SymbolicTensor) => input;
  }
  class OwnOptimizer extends gemsbok.Optimizer {
    override updateStep = () => {};
  }
  for (const Own of [OwnLoss, OwnMetric, OwnLayer, OwnOptimizer]) {
    t.strictSame(await faultsOf((...args) => new (wrong(Own))(...args), PAIRS), [], Own.name);
  }
});
