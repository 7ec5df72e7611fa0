// What is measured. A case has runs, each a request to a peer, and goals, which compare the runs' results; all results
// are seconds or bytes.
import { atLeast, atMost, epoch, flops, on } from './terms.mjs';

export const MNIST = [784, 84, 10];
const WIDE = [1024, 4096, 4096, 1000];
const ELEMENTS = 2 ** 24;
export const DIGITS = 60_000;
const GEMM_SIZE = 2048;

/** A slow peer gets the first rows only, and its time is scaled. */
const part = (peer, batch, rows) => on([peer], epoch(MNIST, batch, rows), { scale: DIGITS / rows });

export const TORCH = ['torch@1', 'torch@all'];
const TORCH_BLIS = ['torch-blis@1', 'torch-blis@all'];
const OWN = ['gemsbok@1', 'gemsbok@all'];
const compiledKey = (name) => `${name} compiled`;
const TORCH_COMPILED = TORCH.map(compiledKey);
/** All that PyTorch can do. */
const TORCH_BEST = [...TORCH, ...TORCH_BLIS, ...TORCH_COMPILED];
const compiled = (request, extra = {}) =>
  TORCH.flatMap((name) =>
    on([name], { ...request, compiled: true }, { ...extra, key: compiledKey(name), note: 'compiled' }),
  );

function mnistRuns(batch) {
  const request = epoch(MNIST, batch, DIGITS);
  return [
    ...on(['gemsbok@1', 'gemsbok@all', 'gemm@1', 'gemm@all', ...TORCH, ...TORCH_BLIS], request),
    ...compiled(request),
    ...on(['libtorch@1', 'libtorch@all', 'sklearn@all'], request),
    ...part('tfjs-wasm@1', batch, batch * 16),
    ...part('tfjs-cpu@1', batch, batch * 4),
    ...part('brain@1', batch, 400),
  ];
}

function lossCase({ name, request, reads, goals = [], title = request.name }) {
  const { rows, columns } = request;
  // A result is fresh memory, for which a system may take its time now and then: the median of some calls.
  const calls = 5;
  const stream = { case: 'stream', elements: rows * columns, reads, calls };
  const extra = { amount: 4 * rows * columns * (reads + 1) };
  return {
    name: `loss ${name}`,
    title: `${title}, value and gradient of [${rows}, ${columns}]`,
    rate: 'B/s',
    against: 'gemsbok@all',
    runs: [
      ...on(OWN, { case: 'loss', ...request, calls }, extra),
      ...OWN.flatMap((name) =>
        on(
          [name],
          { case: 'loss', ...request, calls, reuses: true },
          { ...extra, key: `${name} out`, note: 'into a given array' },
        ),
      ),
      ...on(['gemm@1'], stream, { ...extra, key: 'stream@1', title: 'memory stream' }),
      ...on(['gemm@all'], stream, { ...extra, key: 'stream@all', title: 'memory stream' }),
      ...on(TORCH, { case: 'loss', ...request, calls }, extra),
      ...compiled({ case: 'loss', ...request, calls }, extra),
    ],
    goals: [
      ...goals,
      atLeast(2, "× faster than PyTorch's best", (t) => t(...TORCH, ...TORCH_COMPILED) / t('gemsbok@1', 'gemsbok@all')),
    ],
  };
}

const elementwise = (name, lossName, target = 'floats', options = {}) =>
  lossCase({
    name,
    title: options.fromLogits ? `${lossName} from logits` : lossName,
    request: { name: lossName, options, target, rows: ELEMENTS / 1024, columns: 1024 },
    reads: 2,
    goals: [
      atLeast(0.8, "of the stream's bandwidth, 1 thread", (t) => t('stream@1') / t('gemsbok@1 out')),
      atLeast(0.8, "of the stream's bandwidth, all threads", (t) => t('stream@all') / t('gemsbok@all out')),
    ],
  });

const program = (file, key) => on(['gemsbok@1'], { case: 'program', file }, { key, title: key });

const MANY = [1, 20, 200];
const manyRuns = (request, key = `${request.runs} at once`) => on(['gemsbok@all'], request, { key, title: key });

/** A model behind HTTP, asked over 64 connections by a client in another process. */
const over = (name, behind, measure = 'capacity', extra = {}) => {
  const key = [behind, measure, ...Object.keys(extra)].join(' ');
  return on([name], { case: 'requests', layers: MNIST, behind, measure, ...extra }, { key, title: behind, note: key });
};
/** Three times the rate of a peer, or what is left where the handler itself takes the time. */
const enough = (t) => Math.min(3, (0.8 * t('onnx capacity')) / t('nothing capacity'));

const tinyRuns = (name, epochs, extra = {}) =>
  on([name], { case: 'tiny', epochs }, { scale: 1 / epochs, amount: 1, ...extra });

const wide = epoch(WIDE, 512, 4 * 512, 'random');
const peak = { case: 'peak', size: GEMM_SIZE };
const peakRun = (threads) =>
  on([`gemm@${threads}`], peak, {
    key: `peak@${threads}`,
    title: `${GEMM_SIZE}³ GEMM`,
    other: true,
    amount: 2 * GEMM_SIZE ** 3,
  });
const wideRate = (t, threads) => flops(wide) / t(`gemsbok@${threads}`) / ((2 * GEMM_SIZE ** 3) / t(`peak@${threads}`));

/** `torch` are the runs of PyTorch that the case has. */
const mnistGoals = (cores, torch) => [
  atMost(1, '× bare GEMM, 1 thread', (t) => t('gemsbok@1') / t('gemm@1')),
  atLeast(
    1.5,
    '× faster than PyTorch, 1 thread',
    (t) => t(...torch.filter((key) => key.includes('@1'))) / t('gemsbok@1'),
  ),
  atLeast(0.925 * cores, `× faster than 1 thread, with ${cores}`, (t) => t('gemsbok@1') / t('gemsbok@all')),
  atLeast(2.5, "× faster than PyTorch's best", (t) => t(...torch) / t('gemsbok@all')),
];

/** The same with every peer held to an instruction set. */
const mnistOn = (set, cores) => ({
  name: `mnist 256, ${set}`,
  title: `MNIST epoch, 784-84-10, Adam, batch 256, ${set}`,
  against: 'gemsbok@all',
  runs: on(['gemsbok@1', 'gemsbok@all', 'gemm@1', ...TORCH], epoch(MNIST, 256, DIGITS), { set }),
  goals: mnistGoals(cores, TORCH),
});

/** `cores` are all threads, `sets` the machine's instruction sets, the best one first. */
export const cases = (cores, sets) => [
  {
    name: 'mnist 256',
    title: 'MNIST epoch, 784-84-10, Adam, batch 256',
    against: 'gemsbok@all',
    runs: mnistRuns(256),
    goals: [
      ...mnistGoals(cores, TORCH_BEST),
      atLeast(40, '× faster than tfjs, WASM', (t) => t('tfjs-wasm@1') / t('gemsbok@all')),
    ],
  },
  ...sets.slice(1).map((set) => mnistOn(set, cores)),
  {
    name: 'mnist 32',
    title: 'MNIST epoch, 784-84-10, Adam, batch 32',
    against: 'gemsbok@all',
    runs: mnistRuns(32),
    goals: [atLeast(3, "× faster than PyTorch's best", (t) => t(...TORCH_BEST) / t('gemsbok@1', 'gemsbok@all'))],
  },
  {
    name: 'wide',
    title: 'Four steps of 1024-4096-4096-1000, Adam, batch 512',
    rate: 'FLOP/s',
    against: 'gemsbok@all',
    runs: [
      ...on(['gemsbok@1', 'gemsbok@all', 'gemm@1', 'gemm@all', ...TORCH], wide, { amount: flops(wide) }),
      ...peakRun('1'),
      ...peakRun('all'),
    ],
    goals: [
      atLeast(0.92, `of the ${GEMM_SIZE}³ GEMM's rate, 1 thread`, (t) => wideRate(t, '1')),
      atLeast(0.92, `of the ${GEMM_SIZE}³ GEMM's rate, all threads`, (t) => wideRate(t, 'all')),
    ],
  },
  elementwise('mse', 'MeanSquaredError'),
  elementwise('mae', 'MeanAbsoluteError'),
  elementwise('huber', 'Huber'),
  elementwise('bce', 'BinaryCrossentropy', 'bits', { fromLogits: true }),
  lossCase({
    name: 'crossentropy',
    title: 'SparseCategoricalCrossentropy from logits',
    request: {
      name: 'SparseCategoricalCrossentropy',
      options: { fromLogits: true },
      target: 'labels',
      rows: 65_536,
      columns: 1000,
    },
    reads: 1,
  }),
  {
    name: 'predict row',
    title: 'One row through 784-84-10 (p50 of a call)',
    against: 'gemsbok@all',
    runs: on(['gemsbok@all', 'gemm@1', 'onnx@1', 'onnx@all'], { case: 'predict row', layers: MNIST, calls: 2000 }),
    goals: [
      atMost(1 / 3, "of onnxruntime-node's best", (t) => t('gemsbok@all') / t('onnx@1', 'onnx@all')),
      atMost(4e-6, 'above bare GEMV', (t) => t('gemsbok@all') - t('gemm@1'), 's'),
    ],
  },
  {
    name: 'predict rows',
    title: '10,000 rows through 784-84-10',
    against: 'gemsbok@all',
    runs: on(['gemsbok@1', 'gemsbok@all', 'onnx@1', 'onnx@all', 'tfjs-wasm@1'], {
      case: 'predict',
      layers: MNIST,
      rows: 10_000,
    }),
    goals: [atLeast(1.5, "× faster than onnxruntime-node's best", (t) => t('onnx@1', 'onnx@all') / t('gemsbok@all'))],
  },
  {
    name: 'requests',
    title: 'A request of one row to 784-84-10, at 64 connections',
    rate: 'requests/s',
    against: 'batcher capacity',
    runs: [
      ...over('gemsbok@1', 'nothing'),
      ...over('gemsbok@1', 'batcher'),
      ...over('gemsbok@1', 'handler'),
      ...over('gemsbok@1', 'predict'),
      ...over('onnx@1', 'onnx'),
      ...over('onnx@1', 'batches by hand'),
      ...over('tfjs-wasm@1', 'tfjs'),
      ...over('gemsbok@1', 'nothing', 'goodput'),
      ...over('gemsbok@1', 'batcher', 'goodput'),
      ...over('gemsbok@1', 'handler', 'goodput'),
    ].map((run) => ({ ...run, amount: 1 })),
    goals: [
      atLeast(1, "of 3 × onnxruntime-node's rate, or of 0.8 × an empty handler's", (t) => {
        return t('onnx capacity') / t('batcher capacity') / enough(t);
      }),
      atLeast(0.9, 'of the rate with five times the requests', (t) => t('batcher capacity') / t('batcher goodput')),
      atLeast(0.9, 'of it, all of the handler', (t) => t('handler capacity') / t('handler goodput')),
    ],
  },
  {
    name: 'latencies',
    title: 'A request of one row to 784-84-10, at 70 % of what 64 connections can ask',
    runs: [
      // What the client and the machine take, which no handler can be faster than.
      ...over('gemsbok@1', 'nothing', 'p99'),
      ...over('gemsbok@1', 'batcher', 'p99'),
      ...over('gemsbok@1', 'batcher', 'p99', { trains: true }),
      ...over('gemsbok@1', 'handler', 'p99'),
    ],
    goals: [atMost(3, '× as long is p99 beside a training', (t) => t('batcher p99 trains') / t('batcher p99'))],
  },
  {
    name: 'tail',
    title: 'p99 over p50 of these requests, each ratio of one run',
    unit: 'ratio',
    runs: ['nothing', 'batcher', 'handler'].flatMap((behind) => over('gemsbok@1', behind, 'p99 over p50')),
    goals: ['batcher', 'handler'].map((behind) =>
      atMost(2, `× p50 is p99 of the ${behind}`, (t) => t(`${behind} p99 over p50`)),
    ),
  },
  {
    name: 'event loop',
    title: 'Lateness of a 1 ms timer, p99, while fit runs with one core left free',
    runs: [
      ...on(
        [`gemsbok@${Math.max(1, cores - 1)}`],
        { ...epoch(MNIST, 256, DIGITS), case: 'event loop', epochs: 5 },
        { key: 'fit', note: 'fit' },
      ),
      ...on(['gemsbok@1'], { case: 'event loop' }, { key: 'idle', note: 'idle' }),
    ],
    goals: [atMost(3e-3, 'while fit runs', (t) => t('fit'), 's')],
  },
  {
    name: 'pauses',
    title: 'Longest pause of the event loop in a second of silent fits of XOR at once',
    runs: MANY.flatMap((runs) => manyRuns({ case: 'pause', runs })),
    goals: MANY.map((runs) => atMost(10e-3, `with ${runs} at once`, (t) => t(`${runs} at once`), 's')),
  },
  {
    name: 'aborts',
    title: 'From the abort of silent fits of XOR at once to the end of the last',
    runs: MANY.flatMap((runs) => manyRuns({ case: 'abort delay', runs })),
    goals: MANY.map((runs) => atMost(50e-3, `with ${runs} at once`, (t) => t(`${runs} at once`), 's')),
  },
  {
    name: 'many fits',
    title: '200 fits of 2,000 epochs of XOR',
    runs: [
      ...manyRuns({ case: 'together', runs: 200, epochs: 2000, atOnce: true }),
      ...manyRuns({ case: 'together', runs: 200, epochs: 2000, atOnce: false }, 'one by one'),
    ],
    goals: [atMost(1.1, '× the time of one after another', (t) => t('200 at once') / t('one by one'))],
  },
  {
    name: 'tiny',
    title: 'A step of 2-3-1 on the four samples of XOR, Adam',
    rate: 'steps/s',
    against: 'gemsbok@1',
    runs: [
      ...tinyRuns('gemsbok@1', 200_000),
      ...tinyRuns('gemm@1', 1_000_000, { title: 'a loop by hand in C++' }),
      ...tinyRuns('brain@1', 5000, { note: 'four steps of one' }),
      ...tinyRuns('tfjs-cpu@1', 50),
    ],
    goals: [atMost(3, '× the loop by hand', (t) => t('gemsbok@1') / t('gemm@1'))],
  },
  {
    name: 'processes',
    title: 'A step of 784-84-10, 128 rows, by one process, its threads, and processes that MPI joins',
    runs: [
      ...on(['gemsbok@1', 'gemsbok@all'], { case: 'program', file: 'steps.mjs' }),
      ...[1, 2].flatMap((processes) =>
        on(
          ['gemsbok@1'],
          { case: 'program', file: 'steps.mjs', processes },
          { key: `MPI, ${processes}`, note: `MPI, ${processes}` },
        ),
      ),
    ],
    goals: [
      atMost(1.05, '× the step of a process without MPI, by one with it', (t) => t('MPI, 1') / t('gemsbok@1')),
      atMost(1, '× the step of one process, by two', (t) => t('MPI, 2') / t('gemsbok@1')),
    ],
  },
  {
    name: 'neighbour',
    title: `MNIST epoch beside ${cores} spinning process(es)`,
    runs: ['gemsbok@all', 'torch@all'].flatMap((name) => [
      ...on([name], epoch(MNIST, 256, DIGITS)),
      ...on([name], epoch(MNIST, 256, DIGITS), { key: `${name} busy`, note: 'with neighbours', neighbours: true }),
    ]),
    goals: [atMost(2.3, '× the time alone', (t) => t('gemsbok@all busy') / t('gemsbok@all'))],
  },
  {
    name: 'import',
    title: 'Time of a program that imports the package',
    runs: [...program('import.mjs', 'import'), ...program('empty.mjs', 'empty program')],
    goals: [atMost(0.02, 'over an empty program', (t) => t('import') - t('empty program'), 's')],
  },
  {
    name: 'memory',
    title: 'Memory (RSS)',
    unit: 'B',
    runs: [
      ...program('small_model_memory.mjs', 'small model'),
      ...program('empty_memory.mjs', 'empty program'),
      ...program('fit_memory.mjs', 'fit on MNIST'),
      ...program('many_fits_memory.mjs', '1,000 more fits'),
    ],
    goals: [
      atMost(90e6, 'in all after import and a fitted small model', (t) => t('small model'), 'B'),
      atMost(1.3 * DIGITS * 785 + 16e6, "more in fit: 1.3 × the data's bytes + 16 MB", (t) => t('fit on MNIST'), 'B'),
      atMost(3e6, 'gained in 1,000 fits', (t) => t('1,000 more fits'), 'B'),
    ],
  },
];
