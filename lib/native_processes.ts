// What crosses into native code for processes that work together: see native.ts.
import type { Job } from './native_jobs';

/** The processes that MPI connects. Its work comes one by one, in the same order in all of them. */
export interface NativeProcesses {
  facts(): {
    readonly rank: number;
    readonly size: number;
    readonly localRank: number;
    readonly localSize: number;
    readonly host: string;
    readonly backend: 'openmpi' | 'mpich' | 'mpi-abi';
    readonly libraryVersion: string;
  };
  /** In place. */
  sum(array: Float32Array | Float64Array): Job<void>;
  broadcast(array: ArrayBufferView, root: number): Job<void>;
  barrier(): Job<void>;
  /** In place; waits for the others, for the end of this process. */
  sumAtOnce(array: Float64Array): void;
  /** Leaves the others: when they do, too. */
  finalize(): void;
  /** Ends all processes. */
  end(code: number): never;
}
