import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Tensor } from 'gemsbok';

/** What a file of ours gives elsewhere: the numbers of each output. */
export type ForeignReader = (file: never, x: readonly Tensor[]) => Promise<readonly (readonly number[])[]>;

interface Array {
  readonly dataSync: () => Iterable<number>;
}
interface Manifest {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly object[] }[];
}

/** TensorFlow.js itself. */
export async function tensorFlowJs(files: Readonly<Record<string, Uint8Array>>, x: readonly Tensor[]) {
  const load = createRequire(join(process.cwd(), 'package.json'));
  load('@tensorflow/tfjs-backend-cpu');
  const [core, layers] = [load('@tensorflow/tfjs-core'), load('@tensorflow/tfjs-layers')];
  const { modelTopology, weightsManifest } = JSON.parse(String(Buffer.from(files['model.json'] ?? []))) as Manifest;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const shards = weightsManifest.flatMap(({ paths }) => paths.map((path) => files[path] as Uint8Array));
  const weightData = new Uint8Array(Buffer.concat(shards)).buffer;
  const model = await layers.loadLayersModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });
  const given = x.map(({ data, shape }) => core.tensor(Float32Array.from(data as Float32Array), [...shape], 'float32'));
  const outputs = [model.predict(given.length === 1 ? given[0] : given)].flat() as Array[];
  return outputs.map((one) => [...one.dataSync()]);
}

/** onnxruntime-node where the benchmarks have installed it, else null: it has 288 MB. */
export function onnxRuntime() {
  const place = join(process.cwd(), 'build/bench/package.json');
  if (!existsSync(join(place, '../node_modules/onnxruntime-node'))) return null;
  const { InferenceSession, Tensor: Given } = createRequire(place)('onnxruntime-node');
  return async (bytes: Uint8Array, x: readonly Tensor[]): Promise<readonly (readonly number[])[]> => {
    const session = await InferenceSession.create(bytes);
    const names = session.inputNames as readonly string[];
    const feeds = names.map((name, i) => {
      const { data = [], shape = [] } = x[i] ?? {};
      return [name, new Given('float32', Float32Array.from(data as Float32Array), shape)];
    });
    const results = await session.run(Object.fromEntries(feeds));
    return (session.outputNames as readonly string[]).map((name) => [...results[name].data]);
  };
}

/** What a program of Python prints with Debian's PyTorch, null where `scripts/pytorch.mjs` has not brought it. */
export function pyTorch(...program: readonly string[]): string | null {
  if (!existsSync('build/pytorch')) return null;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/pytorch.mjs', ...program], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
