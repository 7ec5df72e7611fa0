import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  Activation,
  BatchNormalization,
  Dense,
  Embedding,
  Flatten,
  Input,
  type Layer,
  LayerNormalization,
  loadModel,
  PReLU,
  Sequential,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { pyTorch } from './helpers/foreign_readers';
import { distance, filled, modelOf, predicted, refusal } from './helpers/matrix_models';
import { scratch } from './helpers/scratch';
import { ROWS } from './matrix.cases';

const PEER = resolve('test/fixtures/torch/peer.py');
const WITHIN = 1e-6;

const epsilon = 1e-5;
const dense = (units: number, name: string): Dense => new Dense({ units, name });
const act = (activation: 'relu' | 'tanh' | 'gelu' | 'silu' | 'elu' | 'sigmoid' | 'softplus' | 'softmax'): Activation =>
  new Activation({ activation });
const chain = (shape: readonly number[], ...layers: readonly Layer[]): Sequential =>
  new Sequential([new Input({ shape: [...shape] }), ...layers]);

/** The nets of peer.py, and of mlp.py. */
const NETS: Readonly<Record<string, () => Sequential>> = {
  norms: () => {
    const norm = new BatchNormalization({ epsilon, momentum: 0.9, name: '1' });
    return chain([4], dense(16, '0'), norm, act('relu'), dense(3, '3'), new PReLU({ name: '4' }));
  },
  deep: () => {
    const layers = [0, 2, 4, 6, 8, 10].flatMap((i) => [dense(4, `${i}`), act('tanh')]);
    return chain([4], ...layers, dense(2, '12'));
  },
  named: () => {
    const norm = new LayerNormalization({ epsilon, name: 'body.norm' });
    const out = new Dense({ units: 3, useBias: false, name: 'body.out' });
    return chain([4], dense(6, 'zoom.0'), act('tanh'), dense(5, 'zoom.2'), act('relu'), norm, out);
  },
  words: () => {
    const table = new Embedding({ inputDim: 9, outputDim: 3, name: '0' });
    return chain([2], table, new Flatten(), dense(2, '2'), act('gelu'));
  },
  steps: () => {
    const norm = new LayerNormalization({ epsilon, name: '2' });
    return chain([3, 2], dense(5, '0'), act('silu'), norm, dense(2, '3'), act('softmax'));
  },
  half: () => chain([4], dense(5, '0'), act('elu'), dense(2, '2')),
  bfloat16: () => chain([4], dense(5, '0'), act('sigmoid'), dense(2, '2')),
  double: () => chain([4], dense(5, '0'), act('softplus'), dense(2, '2')),
};

interface Known {
  readonly x: never;
  readonly y: readonly unknown[];
}
const flat = (y: readonly unknown[]): number[] => y.flat(9) as number[];
const jsonOf = (path: string): Record<string, Known> => JSON.parse(readFileSync(path, 'utf8'));

/** Says how to get it where it is not there, as nothing is compared then. */
function peer(t: Test, ...program: readonly string[]): string | null {
  const said = pyTorch(...program);
  if (said === null) t.comment('There is no PyTorch: node scripts/pytorch.mjs');
  return said;
}

t.test('an MLP that PyTorch has written predicts the same', async (t) => {
  const { x, y } = JSON.parse(readFileSync('test/fixtures/torch/mlp.json', 'utf8')) as Known;
  const model = chain(
    [4],
    dense(16, '0'),
    new BatchNormalization({ epsilon, momentum: 0.9, name: '1' }),
    act('relu'),
    dense(8, '3'),
    new LayerNormalization({ epsilon, name: '4' }),
    act('gelu'),
    dense(3, '6'),
  );
  await model.loadWeights('test/fixtures/torch/mlp.safetensors', { layout: 'torch' });
  t.ok(distance(predicted(model, [x]).flat(), flat(y)) < WITHIN);
});

t.test('the recipe of the page moves an MLP here and back', async (t) => {
  const [, part = ''] = readFileSync('docs/formats.md', 'utf8').split('## An MLP of PyTorch');
  const [first, program, second] = [...part.matchAll(/^```(?:python|js)\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  const folder = scratch();
  const x = [
    [1, -2, 0.5, 3],
    [0, 0, 0, 0],
  ];
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve('.'), join(folder, 'node_modules/gemsbok'));
  const shows = `\nconst { writeFileSync } = await import('node:fs');
    writeFileSync('y.json', JSON.stringify(model.predictSync(${JSON.stringify(x)}).toArray()));`;
  writeFileSync(join(folder, 'block.mjs'), `${program}${shows}`);
  const blocks = { first, node: [process.execPath, 'block.mjs'], second, x };
  writeFileSync(join(folder, 'recipe.json'), JSON.stringify(blocks));
  const said = peer(t, PEER, 'recipe', folder);
  if (said === null) return;
  const [before, after] = JSON.parse(said) as [number[][], number[][]];
  const here = JSON.parse(readFileSync(join(folder, 'y.json'), 'utf8')) as number[][];
  t.ok(distance(here.flat(), before.flat()) < WITHIN, 'here');
  t.strictSame(after, before, 'and back, to the last bit');
  t.ok(Math.abs(before[0]?.[0] ?? 0) > 1e-3, 'nothing is zero');
});

t.test('nets of PyTorch come here and go back', async (t) => {
  const folder = scratch();
  if (peer(t, PEER, 'write', folder) === null) return;
  const nets = jsonOf(join(folder, 'nets.json'));
  t.strictSame(Object.keys(nets).sort(), Object.keys(NETS).sort());
  const changed: Record<string, number[]> = {};
  for (const [name, make] of Object.entries(NETS)) {
    const { x, y } = nets[name] as Known;
    const model = make();
    await model.loadWeights(join(folder, `${name}.safetensors`), { layout: 'torch' });
    const far = distance(predicted(model, [x]).flat(), flat(y));
    t.ok(far < 4 * WITHIN, `${name} here: ${far}`);
    filled(model);
    changed[name] = predicted(model, [x]).flat();
    await model.saveWeights(join(folder, `${name}.back.safetensors`), { layout: 'torch' });
  }
  const back = JSON.parse(peer(t, PEER, 'read', folder) ?? '') as Record<string, number[][]>;
  for (const [name, y] of Object.entries(changed)) {
    const far = distance(flat(back[name] ?? []), y);
    t.ok(far < 4 * WITHIN, `${name} back: ${far}`);
  }
});

t.test('nets that the PyTorch of now exports are read', async (t) => {
  const folder = scratch();
  if (peer(t, resolve('test/fixtures/onnx/make.py'), folder) === null) return;
  const nets = jsonOf(join(folder, 'expected.json'));
  const files = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
  t.equal(files.length, 22);
  for (const name of files) {
    const { x, y } = nets[name.split('-')[0] as string] as Known;
    const model = (await loadModel(join(folder, name))) as Sequential;
    const far = distance(predicted(model, [x]).flat(), flat(y));
    t.ok(far < 5 * WITHIN, `${name}: ${far}`);
  }
});

t.test("ONNX's own checker finds nothing in what is written", async (t) => {
  const folder = scratch();
  const written = ROWS.filter((row) => refusal(row, 'onnx') === null);
  for (const [i, row] of written.entries()) {
    writeFileSync(join(folder, `${i}.onnx`), await filled(modelOf([row])).toBytes('onnx'));
  }
  const said = peer(t, PEER, 'check', folder);
  if (said === null) return;
  const found = JSON.parse(said) as Record<string, string>;
  for (const [i, { name }] of written.entries()) t.equal(found[`${i}.onnx`], 'sound', name);
});
