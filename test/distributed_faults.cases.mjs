// One thing that processes do or that happens to them: mpirun -n 2 node distributed_faults.cases.mjs WHAT
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  Adam,
  BatchNormalization,
  Callback,
  CSVLogger,
  Dense,
  Dropout,
  dataset,
  distributed,
  distribution,
  Embedding,
  Flatten,
  GemsbokError,
  Input,
  Sequential,
  setDistribution,
  setRandomSeed,
  setThreads,
  Tensor,
  TerminateOnNaN,
} from 'gemsbok';
import { print } from './helpers/print.mjs';

const [, , what, folder = ''] = process.argv;
if (what === 'missing') process.env.GEMSBOK_MPI = '/nowhere/libmpi.so';
if (what === 'started' || what === 'unconnected') process.env.SLURM_STEP_NUM_TASKS = '3';
// A library of MPI that no launcher tells of others.
if (what === 'unconnected') process.env.GEMSBOK_MPI = 'libmpich.so.12';
if (what === 'unset') {
  for (const name of [
    'GEMSBOK_MPI',
    'SLURM_STEP_NUM_TASKS',
    'OMPI_COMM_WORLD_SIZE',
    'PMI_SIZE',
    'PMI_RANK',
    'PMIX_RANK',
  ])
    process.env[name] = '';
}
/** On a busy machine processes begin seconds apart. */
const SHORT = { stopped: 3000, diverged: 3000, absent: 3000, blocked: 8000, suspended: 8000 };
const timeout = SHORT[what] ?? 60_000;
const ownRank = process.env.OMPI_COMM_WORLD_RANK ?? process.env.PMI_RANK;
if (what === 'absent' && ownRank === '1') process.exit(0);
const dist = await distributed.mpi({ timeout }).catch((error) => {
  if (!['missing', 'started', 'unconnected'].includes(what)) throw error;
  print(`${error.code} ${error.message}`);
  process.exit(0);
});

setRandomSeed(7);
const x = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i * i));
const y = Float32Array.from({ length: 100 }, (_, i) => Math.cos(i));

function makeModel(...more) {
  const model = new Sequential([
    new Input({ shape: [4] }),
    new Dense({ units: 8, activation: 'relu' }),
    ...more,
    new Dense({ units: 1 }),
  ]);
  model.compile({ optimizer: new Adam(), loss: 'mse', metrics: ['mae'] });
  return model;
}
const model = makeModel(new Dropout({ rate: 0.2 }));
const endless = { epochs: 1e6, verbose: 0, distributed: dist };

const report = (result) => print(JSON.stringify(result));
const codeOf = (promise) =>
  promise.then(
    () => 'none',
    (error) => error,
  );

/** What happens to the second process in mid-training. */
async function during(happens) {
  const fit = model.fit(x, y, endless);
  while (model.iterations < 3) await new Promise(setImmediate);
  if (dist.rank === 1) happens();
  await fit;
}

/** Lets the second process have so many bytes more; returns what lets it have all again. */
function limitMemory(bytes) {
  if (dist.rank !== 1) return () => {};
  const limit = (value) => execFileSync('prlimit', ['--pid', String(process.pid), `--as=${value}:unlimited`]);
  const [, size] = /VmSize:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  limit(Number(size) * 1024 + bytes);
  return () => limit('unlimited');
}

const WHAT = {
  async collectives() {
    const { rank, size, localRank, isMain, backend } = dist;
    const sum = await dist.allreduce(Float64Array.of(rank + 1, 2 ** 59));
    const [mean, tensor, bytes] = await Promise.all([
      dist.allreduce(Float32Array.of(rank), { op: 'mean' }),
      dist.allreduce(new Tensor(Float32Array.of(rank, rank + 1), [2])),
      dist.broadcast(Uint8Array.of(rank + 7, rank + 8), { root: 1 }),
    ]);
    const mismatch = await codeOf(dist.allreduce(new Float32Array(1 + rank)));
    const fit = await codeOf(model.fit(x, y, { verbose: 0, distributed: dist, batchSize: 10 + rank }));
    const faster = new Callback();
    faster.onEpochBegin = (epoch) => {
      if (rank === 1 && epoch === 1) model.optimizer.learningRate *= 2;
    };
    const rate = await codeOf(model.fit(x, y, { epochs: 3, verbose: 0, distributed: dist, callbacks: [faster] }));
    const isWeighted = { verbose: 0, distributed: dist, sampleWeight: rank === 1 ? y.map(Math.abs) : null };
    const weight = await codeOf(model.fit(x, y, isWeighted));
    const isSame = (await distribution.initialize()) === dist;
    setDistribution(new distribution.DataParallel());
    if (rank === 1) await makeModel().evaluate(x, y, { distributed: null });
    const seen = [];
    // 7 rows: the first process has one more than the second.
    const rows = dataset(Array.from({ length: 7 }, (_, i) => ({ x: x.subarray(4 * i, 4 * i + 4), y: i }))).shard(
      rank,
      size,
    );
    const own = rows.map((row) => {
      seen.push(row.y);
      return row;
    });
    await makeModel().fit(own, { batchSize: 2, epochs: 2, verbose: 0 });
    const all = new Float64Array(7);
    for (const row of seen) all[row] += 0.5;
    const stream = [...(await dist.allreduce(all)).entries()].filter(([, count]) => count === 1).map(([row]) => row);
    const named = ({ code, message }) => `${code} ${/`(\w+)`/.exec(message)?.[1]}`;
    report({
      rank,
      size,
      localRank,
      isMain,
      backend,
      sum: [...sum],
      mean: [...mean],
      tensor: [...tensor.data],
      bytes: [...bytes],
      isSame,
      mismatch: mismatch.code,
      differ: [fit, rate, weight].map(named),
      stream,
    });
  },
  killed: () => during(() => process.kill(process.pid, 'SIGKILL')),
  stopped: () => during(() => process.kill(process.pid, 'SIGSTOP')),
  /** The second process has the event loop to itself for longer than the others wait. */
  blocked: () => during(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)),
  /** All are stopped for longer than they would wait for one, as a scheduler does that suspends a job, in the midst of a step. */
  async suspended() {
    const waiting = new Callback();
    waiting.onEpochBegin = async (epoch) => {
      if (epoch !== 1 || dist.rank === 0) return;
      spawn('sh', ['-c', `kill -STOP ${pids.join(' ')}; sleep 10; kill -CONT ${pids.join(' ')}`], { detached: true });
      await new Promise((resolve) => setTimeout(resolve, 300));
    };
    const pids = await dist.allreduce(
      Float64Array.of(dist.rank === 0 ? process.pid : 0, dist.rank === 1 ? process.pid : 0),
    );
    await model.fit(x, y, { ...endless, epochs: 2, callbacks: [waiting] });
  },
  async evaluates_alone() {
    if (dist.rank === 0) await model.evaluate(x, y, { distributed: dist });
  },
  async predicts_alone() {
    if (dist.rank === 0) await model.predict(x, { distributed: dist });
  },
  exits: () => during(() => process.exit(0)),
  throws: () =>
    during(() => {
      throw new Error('a fault of process 1');
    }),
  /** What fails in the second process alone ends the work of both, and both continue. */
  async caught() {
    const words = new Set();
    const { rank } = dist;
    const found = {};
    const note = async (name, promise) => {
      const error = await codeOf(promise);
      found[name] = error.code ?? error.message ?? error;
      words.add(error.message);
    };
    const fails = () => {
      if (rank === 1) throw new Error('a fault of process 1');
    };
    const own = { epochs: 3, verbose: 0, distributed: dist };
    const hooks = [
      'TrainBegin',
      'EpochBegin',
      'TrainBatchBegin',
      'TrainBatchEnd',
      'EpochEnd',
      'TestBegin',
      'TestEnd',
      'TrainEnd',
    ];
    for (const hook of [...hooks, 'TestBatchEnd']) {
      const callbacks = { [`on${hook}`]: () => fails() };
      await note(hook, model.fit(x, y, { ...own, validationSplit: 0.2, callbacks }));
    }
    for (const at of [0, 9]) {
      const rows = dataset(async function* () {
        for (let i = 0; i < 20; i++) {
          if (i === at) fails();
          yield { x: x.subarray(4 * i, 4 * i + 4), y: y[i] };
        }
      });
      await note(`stream ${at}`, model.fit(rows, { ...own, batchSize: 4 }));
    }
    await note('evaluate', model.evaluate(x, y, { distributed: dist, callbacks: { onTestBatchEnd: () => fails() } }));
    await note('predict', model.predict(x, { distributed: dist, callbacks: { onPredictBatchEnd: () => fails() } }));
    const indices = dataset(Array.from({ length: 20 }, (_, i) => ({ x: i === 9 ? [3 + rank] : [i % 4], y: i })));
    const embedding = new Sequential([
      new Input({ shape: [1] }),
      new Embedding({ inputDim: 4, outputDim: 1 }),
      new Flatten(),
    ]);
    embedding.compile({ optimizer: 'sgd', loss: 'mse' });
    await note('index', embedding.fit(indices, { ...own, batchSize: 4 }));
    const { history } = await model.fit(x, y, { ...own, epochs: 1 });
    report({ rank, found, words: [...words], epochs: history.loss.length });
  },
  /** The second process has no memory for its second batch. */
  async memory() {
    const wide = makeModel(new BatchNormalization(), new Dense({ units: 2 ** 14 }));
    const own = { verbose: 0, distributed: dist, epochs: 3 };
    const rows = (count) => ({ x: new Tensor(new Float32Array(4 * count), [count, 4]), y: new Float32Array(count) });
    let lift = () => {};
    const limiting = new Callback();
    limiting.onTrainBatchBegin = (batch) => {
      if (batch === 0) lift = limitMemory(2 ** 26);
    };
    const growing = () => [rows(2), rows(dist.rank === 1 ? 2 ** 12 : 2)];
    const error = await codeOf(wide.fit(dataset(growing, { batched: true }), { ...own, callbacks: [limiting] }));
    lift();
    const { iterations } = wide;
    await wide.fit(x, y, { ...own, epochs: 1, batchSize: 50 });
    report({ rank: dist.rank, error: error.code, iterations: [iterations, wide.iterations] });
  },
  /** Variables that are set to nothing. */
  async unset() {
    report({ backend: dist.backend, size: dist.size });
  },
  /** What only the second process knows of. */
  async unknown() {
    if (dist.rank === 1) dist.gather = () => Promise.reject(new Error('a fault of process 1'));
    await model.predict(x, { distributed: dist });
  },
  async exits_before() {
    if (dist.rank === 1) process.exit(0);
    await model.fit(x, y, { epochs: 3, verbose: 0, distributed: dist });
  },
  async exits_between() {
    await model.fit(x, y, { epochs: 3, verbose: 0, distributed: dist });
    if (dist.rank === 1) process.exit();
    await model.evaluate(x, y, { distributed: dist });
  },
  async exits_together() {
    await model.fit(x, y, { epochs: 3, verbose: 0, distributed: dist });
    // The first says it, the second ends as programs do.
    if (dist.rank === 0) await dist.close();
    process.exit(0);
  },
  /** What MPI itself refuses. */
  async truncated() {
    await dist.native.sum(new Float32Array(1000 * (1 + dist.rank))).promise;
  },
  /** The same, without another process that fails by it. */
  async misled() {
    await dist.native.broadcast(new Float32Array(dist.rank === 0 ? 4 : 2), 0).promise;
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  },
  async diverged() {
    if (dist.rank === 0) await model.fit(x, y, endless);
    else await new Promise((resolve) => setTimeout(resolve, 60_000));
  },
  /** The second process comes to its step when the first one's other model has predicted. */
  async waits() {
    setThreads(1);
    const other = makeModel();
    const file = `${folder}/predicted`;
    const waiting = new Callback();
    waiting.onEpochBegin = async (epoch) => {
      if (epoch === 1) while (dist.rank === 1 && !existsSync(file)) await new Promise(setImmediate);
    };
    const fit = model.fit(x, y, { ...endless, epochs: 2, callbacks: [waiting] });
    while (model.iterations < 4) await new Promise(setImmediate);
    // The step that follows has begun then, most probably.
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (dist.isMain) {
      const { shape } = await other.predict(x);
      writeFileSync(file, '');
      report({ shape, iterations: model.iterations });
    }
    await fit;
  },
  async ends() {
    const losses = [];
    // The second process alone asks for a stop, the first one for an abort.
    const stopping = new Callback();
    stopping.onTrainBatchEnd = (batch, { loss }) => {
      losses.push(loss);
      if (dist.rank === 1 && batch === 2) model.stopTraining = true;
    };
    const log = new CSVLogger({ filename: `${process.cwd()}/${dist.rank}.csv` });
    let written = 0;
    log.onEpochEnd = () => {
      written++;
    };
    await model.fit(x, y, { ...endless, batchSize: 10, callbacks: [stopping] });
    await model.fit(x, y, { ...endless, epochs: 3, callbacks: [log] });
    const diverging = y.map((value, i) => (i === 10 ? Number.NaN : value));
    const { history } = await makeModel().fit(x, diverging, {
      ...endless,
      batchSize: 10,
      shuffle: false,
      allowNonFinite: true,
      callbacks: [new TerminateOnNaN()],
    });
    const controller = new AbortController();
    const fit = codeOf(model.fit(x, y, { ...endless, signal: controller.signal }));
    while (model.iterations < 100) await new Promise(setImmediate);
    if (dist.rank === 0) controller.abort();
    const error = await fit;
    report({
      rank: dist.rank,
      iterations: model.iterations,
      losses,
      written,
      epochs: history.loss.length,
      aborted: error instanceof GemsbokError ? error.code : error.name,
    });
  },
};

await WHAT[what]();
await dist.close();
