import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { getThreads, info } from 'gemsbok';

/** The machine and what the library makes of it. */
export function describeMachine() {
  const { version, blas, core, simd, simds } = info();
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    system: `${platform()} ${release()}`,
    node: process.version,
    gemsbok: version,
    blas,
    core,
    simd,
    simds,
    threads: getThreads(),
    load: loadavg(),
  };
}

export function machineLines(machine) {
  return [
    ['processor', `${machine.cpu}, ${machine.cores} cores, ${(machine.memory / 2 ** 30).toFixed(0)} GiB`],
    ['system', `${machine.system}, Node ${machine.node}`],
    ['gemsbok', `${machine.gemsbok}, all threads: ${machine.threads}`],
    ['BLAS', `${machine.blas.split(' ').slice(0, 2).join(' ')}, kernels ${machine.core}`],
    ['vectors', `${machine.simd}, of ${machine.simds.join(', ')}`],
    ['load', machine.load.map((value) => value.toFixed(2)).join(' ')],
    ['measured', machine.date],
  ];
}

/** Whether something else runs, so that the numbers mean little. */
export const isBusy = ({ load, cores }) => load[0] > 0.25 * cores;
