import { performance } from 'node:perf_hooks';
import { loadModel } from 'gemsbok';

for (const i of [0, 1, 2]) {
  const c = process.cpuUsage();
  const t = performance.now();
  await loadModel(`.git/tmp/hang1_${i}.h5`).catch((e) => console.log(e.code, e.message));
  console.log(performance.now() - t, process.cpuUsage(c));
}
