// What docs/distributed.md has besides its program: commands, a job for Kubernetes, and a list of callbacks.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import t from 'tap';
import { parseDocument } from 'yaml';
import { OPENMPI } from './helpers/processes';
import { scratch } from './helpers/scratch';
import { IS_LINUX } from './helpers/system';

const PAGE = readFileSync('docs/distributed.md', 'utf8');
const blocksOf = (text: string, kind: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);

/** Settings by which two cores and root will do; a `mpirun` that is Open MPI's. */
function environment(): Record<string, string | undefined> {
  const bin = scratch();
  const [launcher = ''] = OPENMPI.split(' ');
  writeFileSync(join(bin, 'mpirun'), `#!/bin/sh\nexec ${launcher} "$@"\n`, { mode: 0o755 });
  return {
    ...process.env,
    PATH: [bin, join(process.execPath, '..'), process.env.PATH].join(delimiter),
    OMPI_ALLOW_RUN_AS_ROOT: '1',
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
    OMPI_MCA_rmaps_base_oversubscribe: '1',
    OMPI_MCA_mpi_yield_when_idle: '1',
    NODE_NO_WARNINGS: '1',
  };
}

t.test('the commands run the program of the page, and print the numbers of one process', async (t) => {
  if (!IS_LINUX) return;
  const cwd = scratch();
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(process.cwd(), join(cwd, 'node_modules/gemsbok'));
  const [program = ''] = blocksOf(PAGE, 'js');
  // Weights that do not depend on the moment, data that are not all zeros.
  writeFileSync(
    join(cwd, 'train.mjs'),
    program
      .replace('const model', "(await import('gemsbok')).setRandomSeed(1);\n$&")
      .replaceAll(/new Float32Array\((\d+)\)/g, 'Float32Array.from({ length: $1 }, (_, i) => Math.sin(i))'),
  );
  const env = environment();
  const commands = blocksOf(PAGE, 'sh').flatMap((block) => block.trim().split('\n'));
  t.equal(commands.length, 4);
  const losses: number[] = [];
  for (const command of commands) {
    if (command.startsWith('srun ')) continue;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      cwd,
      env,
      encoding: 'utf8',
      timeout: 120_000,
    });
    t.equal(status, 0, `${command}: ${stderr}`);
    t.match(stdout, /^[\d.e-]+\n$/, 'the first process alone prints');
    losses.push(Number(stdout));
  }
  t.equal(losses.length, 3);
  for (const loss of losses) t.ok(loss > 0 && Math.abs(loss - (losses[0] ?? 0)) < 1e-6, `${losses}`);
});

interface Job {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly slotsPerWorker: number;
    readonly runPolicy: Readonly<Record<string, number>>;
    readonly mpiReplicaSpecs: Readonly<Record<string, Replica>>;
  };
}

interface Replica {
  readonly replicas: number;
  readonly template: { readonly spec: { readonly containers: readonly Readonly<Record<string, unknown>>[] } };
}

t.test('YAML of the pages', async (t) => {
  for (const page of readdirSync('docs').filter((name) => name.endsWith('.md'))) {
    for (const block of blocksOf(readFileSync(join('docs', page), 'utf8'), 'yaml')) {
      const { errors, warnings } = parseDocument(block);
      t.strictSame([errors, warnings], [[], []], page);
    }
  }
  const [block = ''] = blocksOf(PAGE, 'yaml');
  const job = parseDocument(block).toJS() as Job;
  // As the operator's v2beta1 types have it: kubeflow/mpi-operator, pkg/apis/kubeflow/v2beta1/types.go.
  t.strictSame(Object.keys(job), ['apiVersion', 'kind', 'metadata', 'spec']);
  t.strictSame([job.apiVersion, job.kind], ['kubeflow.org/v2beta1', 'MPIJob']);
  t.strictSame(Object.keys(job.spec), ['slotsPerWorker', 'runPolicy', 'mpiReplicaSpecs']);
  const { Launcher, Worker } = job.spec.mpiReplicaSpecs;
  t.strictSame(Object.keys(job.spec.mpiReplicaSpecs), ['Launcher', 'Worker']);
  t.equal(Launcher?.replicas, 1);
  const [launcher, worker] = [Launcher, Worker].map((one) => one?.template.spec.containers[0] ?? {});
  const command = launcher?.command as string[];
  t.ok(
    command.every((word) => typeof word === 'string'),
    'numbers stand in quotes: Kubernetes takes words alone',
  );
  t.equal(command[command.indexOf('-n') + 1], String((Worker?.replicas ?? 0) * job.spec.slotsPerWorker));
  t.equal(launcher?.image, worker?.image);
  t.notOk('command' in (worker ?? {}) || 'args' in (worker ?? {}), 'the operator starts sshd there');
});

t.test('the callbacks that the first process alone has', async (t) => {
  const files = ['lib/callbacks', 'lib/plots'].flatMap((folder) =>
    readdirSync(folder).map((file) => join(folder, file)),
  );
  const own = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .filter((text) => /override get writes\(\)/.test(text))
    .map((text) => /export class (\w+)/.exec(text)?.[1] ?? '');
  const [, listed = ''] = /Callbacks that write[^(]*\(([^)]*)\)/.exec(PAGE) ?? [];
  const names = listed.split(/,\s+/).map((name) => (name === 'the bar' ? 'ProgbarLogger' : name));
  t.strictSame(names.sort(), own.sort());
});
