import { spawnSync } from 'node:child_process';
import { info } from 'gemsbok';
import t from 'tap';

/** A library that lacks Prescott's kernels calls its own least ones Katmai's. */
const BASELINE_CORES = /^(Prescott|Katmai)$/;
const CORES: Readonly<Record<string, RegExp>> = { AVX2: /^Haswell$/, baseline: BASELINE_CORES };
const { simds } = info();

/** Runs a program under an environment; gives what it prints, as JSON. */
function run(program: string, environment: NodeJS.ProcessEnv, ...flags: string[]): Record<string, unknown> {
  const env = { ...process.env, GEMSBOK_SIMD: undefined, OPENBLAS_CORETYPE: undefined, ...environment };
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8', env });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`${stdout}${stderr}`);
  }
}

const SHOW = 'console.log(JSON.stringify({ ...require("gemsbok").info(), core_type: process.env.OPENBLAS_CORETYPE }))';
const REFUSED = `(error) => console.log(JSON.stringify({ code: error.code, message: error.message }))`;
const LOAD = `try { require('gemsbok'); console.log('{}') } catch (error) { (${REFUSED})(error) }`;

t.test('each set that the machine has is forced', async (t) => {
  const own = run(SHOW, {});
  t.equal(own.simd, simds[0], 'the best one is used');
  if (simds.length > 1)
    t.notMatch(own.core, BASELINE_CORES, 'by the BLAS too, also where the processor is newer than it');
  t.strictSame(run(SHOW, { GEMSBOK_SIMD: '' }), own, 'also where the variable is empty');
  for (const simd of simds) {
    const found = run(SHOW, { GEMSBOK_SIMD: simd });
    t.equal(found.simd, simd, `${simd}: by the kernels`);
    t.match(found.core, simd === simds[0] ? own.core : CORES[simd], `${simd}: by the BLAS`);
    t.strictSame(found.simds, simds, `${simd}: the others are still named`);
    t.equal(found.core_type, undefined, `${simd}: the environment is as it was`);
  }
  const kept = run(SHOW, { GEMSBOK_SIMD: simds.at(-1), OPENBLAS_CORETYPE: 'Nehalem' });
  t.equal(kept.core_type, 'Nehalem', 'also where it named a core');
});

/** Kernels of an `a * b + c` whose steps are exact in float64: what they give of 64 numbers. */
const KERNELS = `
  const { activations, losses } = require('gemsbok');
  const of = (make) => ({ data: Float32Array.from({ length: 64 }, (_, i) => make(i)), shape: [64, 1] });
  const smoothed = new losses.BinaryCrossentropy({ fromLogits: true, labelSmoothing: 0.3, reduction: 'sum' });
  const hardSigmoid = activations.hardSigmoid(of((i) => (i - 32) / 12));
  const { gradient } = smoothed.valueAndGradient(of((i) => 0.6 + i / 200), of(() => 200));
  console.log(JSON.stringify({ hardSigmoid: [...hardSigmoid.data], smoothed: Array.from(gradient.data, (g) => 1 - g) }));
`;
const FORMULAS = {
  hardSigmoid: { a: (i: number) => (i - 32) / 12, b: 1 / 6, c: 0.5 },
  smoothed: { a: (i: number) => 0.6 + i / 200, b: 0.7, c: 0.15 },
};

t.test('a set computes with its own instructions, whichever table a kernel stands in', async (t) => {
  for (const simd of simds) {
    const found = run(KERNELS, { GEMSBOK_SIMD: simd });
    for (const [name, { a, b, c }] of Object.entries(FORMULAS)) {
      const products = Array.from({ length: 64 }, (_, i) => Math.fround(a(i)) * Math.fround(b));
      const fused = products.map((product) => Math.fround(product + Math.fround(c)));
      const twice = products.map((product) => Math.fround(Math.fround(product) + Math.fround(c)));
      t.notSame(fused, twice, `${name} tells them apart`);
      t.strictSame(found[name], simd === 'baseline' ? twice : fused, `${name} on ${simd}`);
    }
  }
});

t.test('other names are refused where the package is imported', async (t) => {
  const unknown = run(LOAD, { GEMSBOK_SIMD: 'AVX1024' });
  t.equal(unknown.code, 'ERR_INVALID_ARG');
  t.match(
    unknown.message,
    /^Expected one of 'AVX-512', 'AVX2', 'NEON', 'baseline' for `GEMSBOK_SIMD`, received 'AVX1024'/,
  );
  const missing = ['NEON', 'AVX2'].find((name) => !(simds as readonly string[]).includes(name));
  const absent = run(LOAD, { GEMSBOK_SIMD: missing });
  t.equal(absent.code, 'ERR_UNSUPPORTED');
  t.match(absent.message, `that this machine has, ${simds.join(' or ')}, for \`GEMSBOK_SIMD\`, received '${missing}'.`);
  const imported = run(`import('gemsbok').catch(${REFUSED})`, { GEMSBOK_SIMD: missing }, '--input-type=module');
  t.strictSame(imported, absent, 'alike from a module');
});

t.test('the first import of a process decides for its workers', async (t) => {
  const worker = (environment: string): string =>
    `new Worker(${JSON.stringify(LOAD.replace("'{}'", 'JSON.stringify(require("gemsbok").info())'))}, { eval: true, env: ${environment} })`;
  const start = 'const { Worker } = require("node:worker_threads");';
  const lowest = simds.at(-1);
  const inside = run(`${start} ${worker('process.env')}`, { GEMSBOK_SIMD: lowest });
  t.equal(inside.simd, lowest, 'a worker may be that first');
  const without = run(`${start} require("gemsbok"); ${worker('{}')}`, { GEMSBOK_SIMD: lowest });
  t.equal(without.simd, lowest, 'one that names none gets the same');
  const other = run(`${start} require("gemsbok"); ${worker(`{ GEMSBOK_SIMD: '${lowest}' }`)}`, {});
  if (simds.length === 1) t.equal(other.simd, lowest);
  else t.match(other, { code: 'ERR_UNSUPPORTED', message: `Expected ${simds[0]}, which this process computes with` });
});
