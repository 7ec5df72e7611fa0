import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, Model, Sequential } from 'gemsbok';
import t from 'tap';
import { distance } from './files.cases';
import { AGES, BARE, GRAPH } from './files_ages.cases';
import { NESTED } from './files_nested.cases';
import { OF_WORDS } from './files_words.cases';
import { legacyBytes } from './helpers/keras_writer';
import { scratch } from './helpers/scratch';
import { X } from './oracle/files_ages';

const folder = scratch();

for (const { what, file, predicts, x = X, optimizer, rate, loss } of [...AGES, ...OF_WORDS, ...NESTED]) {
  t.test(what, async (t) => {
    const path = join(folder, 'model');
    writeFileSync(path, await file());
    const model = await loadModel(path);
    const outputs = model.predictSync(x);
    t.notOk(Array.isArray(outputs), 'a tensor');
    t.ok(distance([outputs].flat()[0]?.data ?? [], predicts.flat()) < 1e-6, 'predictions');
    t.strictSame(model.outputShape, [null, predicts[0]?.length]);
    t.equal(model.optimizer?.constructor.name ?? null, optimizer);
    if (rate !== undefined) t.equal(model.optimizer?.learningRate, rate);
    if (loss !== undefined) t.equal(JSON.parse(JSON.stringify(model)).compile_config.loss, loss);

    const again = join(folder, 'again.keras');
    await model.save(again);
    const loaded = await loadModel(again);
    t.strictSame(JSON.parse(JSON.stringify(loaded)), JSON.parse(JSON.stringify(model)), 'the same form when saved');
    t.strictSame([loaded.predictSync(x)].flat()[0]?.data, [outputs].flat()[0]?.data);
  });
}

t.test("Keras 2's to_json, beside a file of weights", async (t) => {
  const path = join(folder, 'weights.h5');
  const names = ['dense_1', 'dense_2'];
  for (const [type, json] of [[Sequential, BARE] as const, [Model, GRAPH] as const]) {
    for (const given of [json, JSON.stringify(json), json.config]) {
      const model = type.fromConfig(given as never);
      const [k0, b0, k1, b1] = model.getWeights().map((weight) => weight.toArray());
      const arrays = [[k0, b0] as const, [k1, b1] as const];
      const layers = names.map((name, i) => {
        const [kernel, bias] = arrays[i] ?? [];
        return [name, { [`${name}/kernel:0`]: kernel, [`${name}/bias:0`]: bias }] as const;
      });
      writeFileSync(path, await legacyBytes({ version: '2.2.4', layers: layers as never }));
      const twin = type.fromConfig(given as never);
      await twin.loadWeights(path);
      t.strictSame([twin.predictSync(X)].flat()[0]?.data, [model.predictSync(X)].flat()[0]?.data, type.name);
    }
  }
  const invalid = { code: 'ERR_INVALID_ARG' };
  t.throws(() => Model.fromConfig(BARE as never), { ...invalid, message: /Functional/ });
  const layers = [[null], [3], ['Dense'], [[]]].map((all) => ({ layers: all }));
  for (const wrong of ['{', '[1', null, 3, {}, { layers: 3 }, ...layers])
    for (const type of [Sequential, Model]) t.throws(() => type.fromConfig(wrong as never), invalid);
});
