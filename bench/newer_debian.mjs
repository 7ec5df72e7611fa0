// Peers of a newer suite of Debian than the machine's, in a folder of their own, with the C library that they need.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandIn, placesIn, unpackDebian } from '../scripts/debian.mjs';

const build = join(dirname(dirname(fileURLToPath(import.meta.url))), 'build/bench');
const here = (file) => fileURLToPath(new URL(`peers/${file}`, import.meta.url));

// The suite after it has a newer PyTorch, which does not load: its library of communication lacks a function.
const SUITE = 'trixie';
const ROOT = join(build, SUITE);
const PACKAGES = [
  ...['python3-torch', 'libtorch-dev', 'python3-sklearn', 'libopenblas0-openmp', 'libblis4-openmp'],
  // What torch.compile needs.
  ...['libpython3-dev', 'python3-setuptools'],
];

const { libraries, headers } = placesIn(ROOT);

/** For a compiler of the machine, which torch.compile calls too. */
const COMPILING = { LIBRARY_PATH: libraries, CPATH: headers.join(':') };

/** OpenBLAS has LAPACK for those that lack it. */
const BLAS = { OpenBLAS: ['openblas-openmp'], BLIS: ['blis-openmp', 'openblas-openmp'] };

/** A program of Python. */
export const python = (file, blas) => ({
  command: () => commandIn(ROOT, [join(ROOT, 'usr/bin/python3'), here(file)], BLAS[blas]),
  env: { ...COMPILING, PYTHONHOME: join(ROOT, 'usr'), TORCHINDUCTOR_CACHE_DIR: join(build, 'inductor') },
  install: () => unpackDebian(ROOT, SUITE, PACKAGES),
});

/** A program of C++ that uses libtorch. */
export const libtorch = (name, blas) => ({
  command: () => commandIn(ROOT, [join(build, name)], BLAS[blas]),
  install() {
    mkdirSync(build, { recursive: true });
    unpackDebian(ROOT, SUITE, PACKAGES);
    const program = join(build, name);
    if (existsSync(program)) return;
    const options = [
      '-O2',
      '-std=c++17',
      '-I',
      join(headers[0], 'torch/csrc/api/include'),
      '-Wl,--allow-shlib-undefined',
    ];
    const args = [...options, here(`${name}.cpp`), '-ltorch', '-ltorch_cpu', '-lc10', '-o', program];
    const { status, stderr } = spawnSync('c++', args, { encoding: 'utf8', env: { ...process.env, ...COMPILING } });
    if (status !== 0) throw new Error(`libtorch: ${stderr.trim().split('\n').at(-1)}`);
  },
});
