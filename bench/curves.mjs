// What is measured at each of some sizes.
import { DIGITS, MNIST, TORCH } from './cases.mjs';
import { epoch, on } from './terms.mjs';

const SERIES = ['gemsbok@1', 'gemsbok@all', 'gemm@1', 'gemm@all', ...TORCH];
const powers = (first, last) => Array.from({ length: Math.log2(last / first) + 1 }, (_, i) => first * 2 ** i);
const perRow = (request, peers = SERIES) => on(peers, request, { scale: 1 / request.rows });

/** Seconds a row, at each size `at`. */
export const curves = (cores) => [
  {
    name: 'curve batch',
    title: 'Batch size (784-84-10)',
    sizes: powers(1, 8192),
    at: (batch) => perRow(epoch(MNIST, batch, Math.min(DIGITS, Math.max(1024, 64 * batch)))),
  },
  {
    name: 'curve width',
    title: 'Units of the hidden layer (784-w-10, batch 256)',
    sizes: powers(16, 4096),
    at: (units) => perRow(epoch([784, units, 10], 256, 8192)),
  },
  {
    name: 'curve depth',
    title: 'Hidden layers (784-84-…-10, batch 256)',
    sizes: powers(1, 32),
    at: (depth) => perRow(epoch([784, ...new Array(depth).fill(84), 10], 256, 16_384)),
  },
  {
    name: 'curve threads',
    title: `Threads, of ${cores} cores (784-84-10, batch 256)`,
    sizes: [...new Set([...powers(1, 2 ** Math.ceil(Math.log2(2 * cores))), cores])].sort((a, b) => a - b),
    at: (threads) =>
      ['gemsbok', 'gemm', 'torch'].flatMap((peer) =>
        perRow(epoch(MNIST, 256, DIGITS), [`${peer}@${threads}`]).map((run) => ({ ...run, key: `${peer}@all` })),
      ),
  },
];
