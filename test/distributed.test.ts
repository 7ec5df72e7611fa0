import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { dataset, distributed } from 'gemsbok';
import t from 'tap';
import { difference, LAUNCHERS, MPICH, OPENMPI, run } from './helpers/processes';
import { scratch } from './helpers/scratch';
import { IS_LINUX } from './helpers/system';

type Case = { readonly what: string; readonly name: string; readonly same: boolean } & Readonly<
  Record<string, unknown>
>;

async function cases(launcher: string, size: number, ...what: string[]): Promise<Map<string, Case>> {
  const { code, out, err } = await run(launcher, size, ['distributed.cases.mjs', ...what]);
  if (code !== 0) throw new Error(`${launcher} ended with ${code}: ${err}`);
  const lines = out.trim().split('\n');
  // The order follows what is asked for.
  const found = lines.map((line) => JSON.parse(line) as Case).sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(found.map((one) => [one.name, one]));
}

/** Where processes come slowly together: more of them than cores, or such as spin while they wait. */
const SOME = ['compile', 'layers', 'optimizers', 'losses'];

/** What is asked of so many processes of Open MPI, or of one alone: each is run once. */
const runs = new Map<number, Promise<Map<string, Case>>>();

function known(size: number): Promise<Map<string, Case>> {
  const found = runs.get(size) ?? cases(size === 1 ? '' : OPENMPI, size, ...(size > 3 ? SOME : []));
  runs.set(size, found);
  return found;
}

/** Of all where none is named. */
async function knownOf(size: number, what: readonly string[]): Promise<Map<string, Case>> {
  return new Map([...(await known(size))].filter(([, one]) => what.length === 0 || what.includes(one.what)));
}

t.test('processes train, evaluate and predict as one', async (t) => {
  const alone = await known(1);
  t.ok(alone.size > 280, 'every layer, loss, metric, optimizer and option, and programs of them');
  const ways = [
    { name: 'Open MPI', launcher: OPENMPI, size: 2 },
    { name: 'Open MPI', launcher: OPENMPI, size: 4, what: SOME },
    { name: 'MPICH', launcher: MPICH, size: 2, what: SOME },
    { name: 'Open MPI', launcher: OPENMPI, size: 3 },
  ];
  for (const { name, launcher, size, what: some = [] } of ways.filter((one) => LAUNCHERS.includes(one.launcher))) {
    await t.test(`${size} by ${name}`, async (t) => {
      const together = launcher === OPENMPI ? await known(size) : await cases(launcher, size, ...some);
      t.strictSame([...together.keys()], [...(await knownOf(1, some)).keys()]);
      for (const [key, { same, ...own }] of together) {
        t.ok(same, `${key}: all have the same bits`);
        for (const what of ['values', 'outputs', 'history', 'evaluated']) {
          const found = difference(alone.get(key)?.[what], own[what]);
          t.ok(found < 1e-6, `${key}: ${what} differ by ${found}`);
        }
      }
    });
  }
});

t.test('the same bits however the processes are joined', async (t) => {
  const ways: { size: number; way: string; what: string[] }[] = [
    { size: 2, way: `${OPENMPI} --mca btl tcp,self`, what: ['layers'] },
  ];
  if (IS_LINUX && spawnSync('unshare', ['--user', '--map-root-user', '--net', 'true']).status === 0) {
    const way = join(process.cwd(), 'test/helpers/two_hosts.sh');
    const names = execFileSync(way, ['-n', '2', 'hostname'], { encoding: 'utf8' });
    t.strictSame(names.trim().split('\n').sort(), ['first', 'second']);
    ways.push({ size: 2, way, what: SOME }, { size: 3, way, what: ['layers'] }, { size: 4, way, what: ['layers'] });
  } else t.pass('over two hosts', { skip: 'this system lets programs make none of their own' });
  for (const { size, way, what } of ways) {
    t.strictSame(await cases(way, size, ...what), await knownOf(size, what), `${size} by ${way}`);
  }
});

t.test('one process by a launcher has the bits of one without', async (t) => {
  t.strictSame(await cases(OPENMPI, 1, 'layers'), await knownOf(1, ['layers']));
});

t.test('collectives', async (t) => {
  for (const launcher of LAUNCHERS) {
    const { code, out } = await run(launcher, 2, ['distributed_faults.cases.mjs', 'collectives']);
    t.equal(code, 0, launcher);
    t.strictSame(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .sort((a, b) => a.rank - b.rank),
      [0, 1].map((rank) => ({
        rank,
        size: 2,
        localRank: rank,
        isMain: rank === 0,
        backend: launcher === MPICH ? 'mpich' : 'openmpi',
        sum: [3, 2 ** 60],
        mean: [0.5],
        tensor: [1, 3],
        bytes: [8, 9],
        isSame: true,
        mismatch: 'ERR_DIST_MISMATCH',
        differ: ['batchSize', 'learningRate', 'sampleWeight'].map((name) => `ERR_DIST_MISMATCH ${name}`),
        stream: [0, 1, 2, 3, 4, 5, 6],
      })),
    );
  }
});

t.test('what ends one process ends all, with a message', async (t) => {
  const faults = [
    { what: 'killed', code: 137, says: /signal 9/ },
    { what: 'stopped', code: 75, says: /waited for \d+ ms in MPI_Allreduce/ },
    { what: 'diverged', code: 75, says: /waited for \d+ ms in MPI_/ },
    { what: 'throws', code: 1, says: /Error: a fault of process 1\n +at / },
    { what: 'unknown', code: 70, says: /process 1 of 2 ends all, as `predict` failed in it alone: Error: a fault/ },
  ];
  for (const { what, code, says } of faults) {
    const found = await run(OPENMPI, 2, ['distributed_faults.cases.mjs', what]);
    t.equal(found.code, code, `${what}: ${found.err}`);
    t.match(found.err, says);
  }
  const leaving = [
    { what: 'exits', size: 2 },
    { what: 'exits_before', size: 3 },
    { what: 'exits_between', size: 2 },
  ];
  for (const launcher of LAUNCHERS) {
    for (const { what, size } of leaving) {
      const { code, err } = await run(launcher, size, ['distributed_faults.cases.mjs', what]);
      // Which of the processes ends the other one is a race, but where one of them is at a step, under Open MPI.
      t.ok(what === 'exits' && launcher === OPENMPI ? code === 70 : code !== 0, `${what}: ${code}`);
      t.match(err, /process 1 of \d left the others|received `[\w ]+` in process \d and the end of 1 of \d/);
      t.notMatch(err, /waited for/, `${what}: at once`);
    }
    const refused = await run(launcher, 2, ['distributed_faults.cases.mjs', 'truncated']);
    t.not(refused.code, 0);
    t.match(refused.err, /gemsbok: process \d of 2 on .* ends all: it got an error from MPI_Allreduce: \w/);
    const together = await run(launcher, 3, ['distributed_faults.cases.mjs', 'exits_together']);
    t.equal(together.code, 0, together.err);
  }
});

t.test('what lies at the end of the heap stays there', async (t) => {
  if (!IS_LINUX) return;
  // It moves the end of the heap as it tries its hooks, then tells that they work.
  const hooks = async (...variables: string[]) => {
    const launcher = [MPICH, ...['UCX_MEM_LOG_LEVEL info', ...variables].map((one) => `-env ${one}`)].join(' ');
    const { code, out, err } = await run(launcher, 1, ['distributed_faults.cases.mjs', 'exits_together']);
    t.equal(code, 0, err);
    return /mmap installed events/.test(out + err);
  };
  t.notOk(await hooks(), 'no hooks of UCX');
  t.ok(await hooks('UCX_MEM_MMAP_HOOK_MODE bistro'), "unless they are the user's wish");
});

t.test('an end that one process asks for comes for all after the same step', async (t) => {
  const { code, out, err } = await run(OPENMPI, 2, ['distributed_faults.cases.mjs', 'ends']);
  t.equal(code, 0, err);
  const lines = out.trim().split('\n');
  const printed = lines.filter((line) => !line.startsWith('{'));
  t.strictSame(printed, ['Batch 1: Invalid loss, terminating training'], 'the first one prints');
  const [first, second] = lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .sort((a, b) => a.rank - b.rank);
  t.equal(first.losses.length, 3, 'where one process would end');
  t.strictSame([first.epochs, second.epochs], [1, 1]);
  t.strictSame(first.iterations, second.iterations);
  t.strictSame(first.losses, second.losses);
  t.equal(first.aborted, 'AbortError');
  t.equal(second.aborted, 'ERR_CLOSED');
  t.strictSame([first.written, second.written], [3, 0], "callbacks that write are the first one's");
});

t.test('what fails in one process ends the work of all, which continue', async (t) => {
  for (const launcher of LAUNCHERS) {
    const { code, out, err } = await run(launcher, 2, ['distributed_faults.cases.mjs', 'caught']);
    t.equal(code, 0, err);
    const lines = out.trim().split('\n');
    const [first, second] = lines.map((line) => JSON.parse(line)).sort((a, b) => a.rank - b.rank);
    for (const [name, error] of Object.entries(second.found)) {
      t.equal(error, name === 'index' ? 'ERR_OUT_OF_RANGE' : 'a fault of process 1', name);
      t.equal(first.found[name], 'ERR_CLOSED', `${name}, elsewhere`);
    }
    t.equal(first.words.length, 1, 'the same words, whether native code says them or not');
    t.strictSame([Object.keys(second.found).length, first.epochs, second.epochs], [14, 1, 1]);
  }
});

t.test('memory that one process has none of ends the work of all, which continue', async (t) => {
  if (!IS_LINUX) return;
  for (const launcher of LAUNCHERS) {
    const { code, out, err } = await run(launcher, 2, ['distributed_faults.cases.mjs', 'memory']);
    t.equal(code, 0, err);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [first, second] = lines.sort((a, b) => a.rank - b.rank);
    t.strictSame([first.error, second.error], ['ERR_CLOSED', 'ERR_OUT_OF_MEMORY']);
    t.strictSame(first.iterations, second.iterations, 'after the same step');
  }
});

t.test('a step that waits for another process leaves its thread to a prediction', async (t) => {
  const { code, out, err } = await run(OPENMPI, 2, ['distributed_faults.cases.mjs', 'waits', scratch()]);
  t.equal(code, 0, err);
  t.strictSame(JSON.parse(out), { shape: [100, 1], iterations: 4 });
});

t.test('without MPI', async (t) => {
  if (IS_LINUX) {
    const unlike = { code: 'ERR_DIST_UNAVAILABLE', message: /libm\.so\.6 \(.*MPI_Init_thread\)/ };
    await t.rejects(distributed.mpi({ library: 'libm.so.6' }), unlike, 'a library of something else');
  }
  const dist = await distributed.mpi();
  const { rank, size, localRank, isMain, backend } = dist;
  t.strictSame(
    { rank, size, localRank, isMain, backend },
    { rank: 0, size: 1, localRank: 0, isMain: true, backend: 'none' },
  );
  const array = Float32Array.of(1, 2);
  t.equal(await dist.allreduce(array), array);
  t.equal(await dist.broadcast(array), array);
  t.strictSame([...array], [1, 2]);
  await dist.barrier();
  t.equal(await distributed.mpi(), dist, 'there is one');
  const missing = await run('', 1, ['distributed_faults.cases.mjs', 'missing']);
  t.match(missing.out, /ERR_DIST_UNAVAILABLE .*\/nowhere\/libmpi\.so .*Install/);
  const unset = await run('', 1, ['distributed_faults.cases.mjs', 'unset']);
  t.strictSame(JSON.parse(unset.out), { backend: 'none', size: 1 }, unset.err);
  // As `srun` sets it, with or without MPI.
  const started = await run('', 1, ['distributed_faults.cases.mjs', 'started']);
  t.match(started.out, /ERR_DIST_UNAVAILABLE .* received 3 that `srun` started without it\..*--mpi=pmix/);
  if (!IS_LINUX) return;
  const unconnected = await run('', 1, ['distributed_faults.cases.mjs', 'unconnected']);
  t.match(unconnected.out, /ERR_DIST_UNAVAILABLE .* started 3 processes, received one that sees 1:.*--mpi=pmi2/);
  const other = await run(`${MPICH} -env GEMSBOK_MPI libmpi.so.40`, 2, ['distributed_faults.cases.mjs', 'collectives']);
  t.match(other.err, /which started 2 processes, received one that sees 1: Open MPI/);
  t.not(other.code, 0);
});

t.test('bad arguments', async (t) => {
  const dist = await distributed.mpi();
  await t.rejects(distributed.mpi({ timeout: 0 }), { code: 'ERR_OUT_OF_RANGE' });
  await t.rejects(distributed.mpi({ library: 3 as never }), { code: 'ERR_INVALID_ARG' });
  await t.rejects(dist.allreduce([1] as never), { code: 'ERR_INVALID_ARG' });
  await t.rejects(dist.allreduce(Int32Array.of(1) as never), { code: 'ERR_INVALID_ARG' });
  await t.rejects(dist.allreduce(Float32Array.of(1), { op: 'max' as never }), { code: 'ERR_INVALID_ARG' });
  await t.rejects(dist.broadcast(Float32Array.of(1), { root: 1 }), { code: 'ERR_OUT_OF_RANGE' });
  t.throws(() => dataset([1, 2]).shard(2, 2), { code: 'ERR_OUT_OF_RANGE' });
  const own: number[] = [];
  for await (const { x } of dataset([0, 1, 2, 3, 4]).shard(1, 2)) own.push(Number(x));
  t.strictSame(own, [1, 3]);
  await dist.close();
  await t.rejects(dist.barrier(), { code: 'ERR_CLOSED' });
});
