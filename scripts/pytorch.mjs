// Debian's PyTorch of a newer suite than the machine's, in a folder of build/: node scripts/pytorch.mjs [FILE.py ...]. It is
// put there where it is not yet, and runs that program of Python; nothing of the system changes.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandIn, unpackDebian } from './debian.mjs';

const ROOT = join(dirname(dirname(fileURLToPath(import.meta.url))), 'build/pytorch');

unpackDebian(ROOT, 'trixie', ['python3-torch', 'python3-onnx', 'python3-safetensors', 'libopenblas0-pthread']);
const args = process.argv.slice(2);
// Without a program it is tried.
const program = args.length > 0 ? args : ['-c', 'import onnx, safetensors.torch, torch; print(torch.__version__)'];
const [command, ...rest] = commandIn(ROOT, [join(ROOT, 'usr/bin/python3'), ...program], ['openblas-pthread']);
const { status, error } = spawnSync(command, rest, {
  stdio: 'inherit',
  env: { ...process.env, PYTHONHOME: join(ROOT, 'usr'), OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
});
if (error) throw error;
process.exitCode = status ?? 1;
