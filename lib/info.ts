import { checkInteger } from './check';
import { native } from './native';
import type { InstructionSet } from './simd';

/** What runs: see {@link info}. */
export interface Info {
  /** The version of this package. */
  readonly version: string;
  /** The BLAS library and its version. */
  readonly blas: string;
  /** The processor kernel that BLAS chose. */
  readonly core: string;
  /**
   * The vector instructions that the other kernels use. `baseline` is what every processor has: SSE2 in prebuilt
   * binaries, no vectors at all where the package is built with a Highway older than 1.0.4.
   */
  readonly simd: InstructionSet;
  /** Those that this machine has, the best one first: each can be forced by the environment variable `GEMSBOK_SIMD`. */
  readonly simds: readonly InstructionSet[];
  /** The threads that training and predicting use. */
  readonly threads: number;
  /** Bytes of native arrays in the whole process: weights, data and workspaces, which no heap statistics show. */
  readonly memory: number;
}

/** The version of this package. */
export const version: string = (require('../package.json') as { version: string }).version;

/**
 * What this process computes with.
 *
 * The environment variable `GEMSBOK_SIMD`, read when the package is first imported, forces one of `simds`, for BLAS
 * too: `GEMSBOK_SIMD=AVX2 node program.mjs`. Importing fails with `ERR_INVALID_ARG` for another name and with
 * `ERR_UNSUPPORTED` for a set that the machine does not have.
 *
 * @example
 * ```ts
 * console.log(info().blas);
 * ```
 */
export function info(): Info {
  return { version, ...native.info(), threads: native.getThreads() };
}

/**
 * Sets how many threads the library computes with. Results do not depend on it, to the last bit.
 *
 * Default: the processors that the container may use. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` outside 1..1024.
 *
 * @example
 * ```ts
 * setThreads(1);
 * ```
 */
export function setThreads(threads: number): void {
  native.setThreads(checkInteger(threads, 'threads', { min: 1, max: 1024 }));
}

/** How many threads the library computes with: see {@link setThreads}. */
export function getThreads(): number {
  return native.getThreads();
}
