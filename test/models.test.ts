import { Dense, Flatten, Input, Sequential, SparseCategoricalCrossentropy } from 'gemsbok';
import t from 'tap';
import { classifier, QUIET, x, y } from './models.cases';

t.test('building', async (t) => {
  t.test("the post's model has the post's figures", async (t) => {
    const model = new Sequential(
      [
        new Input({ shape: [28, 28, 1] }),
        new Flatten({ name: 'flatten' }),
        new Dense({ units: 84, activation: 'relu', name: 'dense' }),
        new Dense({ units: 10, activation: 'softmax', name: 'dense_1' }),
      ],
      { name: 'sequential' },
    );
    const lines: string[] = [];
    const text = model.summary({ print: (line) => lines.push(line) });
    t.equal(`${lines.join('\n')}\n`, text);
    t.match(text, /│ flatten \(Flatten\) {17}│ \(None, 784\) {14}│ {13}0 │/);
    t.match(text, /│ dense \(Dense\) {21}│ \(None, 84\) {15}│ {8}65,940 │/);
    t.match(text, /│ dense_1 \(Dense\) {19}│ \(None, 10\) {15}│ {11}850 │/);
    t.match(
      text,
      ' Total params: 66,790 (260.90 KB)\n Trainable params: 66,790 (260.90 KB)\n Non-trainable params: 0 (0.00 B)\n',
    );
    t.equal(model.countParams(), 66_790);
    model.compile({ optimizer: 'adam', loss: new SparseCategoricalCrossentropy() });
    t.match(model.summary({ print: () => {} }), ' Loss: sparse_categorical_crossentropy on logits (softmax fused)');
    model.compile({ optimizer: 'adam', loss: new SparseCategoricalCrossentropy({ fromLogits: true }) });
    t.notMatch(model.summary({ print: () => {} }), 'fused');
  });

  t.test("the table is Keras'", async (t) => {
    const text = new Sequential([new Input({ shape: [4] }), new Dense({ units: 2, name: 'd' })], { name: 'm' }).summary(
      {
        print: () => {},
      },
    );
    const wanted = [
      'Model: "m"',
      `┏${'━'.repeat(35)}┳${'━'.repeat(26)}┳${'━'.repeat(15)}┓`,
      '┃ Layer (type)                      ┃ Output Shape             ┃       Param # ┃',
      `┡${'━'.repeat(35)}╇${'━'.repeat(26)}╇${'━'.repeat(15)}┩`,
      '│ d (Dense)                         │ (None, 2)                │            10 │',
      `└${'─'.repeat(35)}┴${'─'.repeat(26)}┴${'─'.repeat(15)}┘`,
      ' Total params: 10 (40.00 B)',
      ' Trainable params: 10 (40.00 B)',
      ' Non-trainable params: 0 (0.00 B)',
      '',
    ];
    t.equal(text, wanted.join('\n'));
  });

  t.test('the optimizer counts once it has variables', async (t) => {
    const model = classifier();
    t.notMatch(model.summary({ print: () => {} }), 'Optimizer');
    await model.trainOnBatch(x, y);
    const params = model.countParams();
    t.match(model.summary({ print: () => {} }), ` Total params: ${3 * params + 2} `);
    t.match(model.summary({ print: () => {} }), ` Optimizer params: ${2 * params + 2} `);
  });

  t.test('without Input the first data builds', async (t) => {
    const model = new Sequential([new Flatten(), new Dense({ units: 2 })]);
    t.notOk(model.built);
    t.match(model.summary({ print: () => {} }), '0 (unbuilt)');
    t.strictSame(model.predictSync({ data: new Uint8Array(24), shape: [2, 3, 4] }).shape, [2, 2]);
    t.strictSame(model.inputShape, [null, 3, 4]);
    t.strictSame(model.layers[0]?.outputShape, [null, 12]);
  });

  t.test('a layer of more than one row contracts the last axis', async (t) => {
    const model = new Sequential([new Input({ shape: [2, 3] }), new Dense({ units: 1, useBias: false })]);
    model.setWeights([[[1], [10], [100]]]);
    t.strictSame(model.outputShape, [null, 2, 1]);
    t.strictSame(
      model
        .predictSync([
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ])
        .toArray(),
      [[[321], [654]]],
    );
  });

  t.test('add and pop keep the weights of the other layers', async (t) => {
    const model = classifier();
    await model.fit(x, y, QUIET);
    const [kernel] = model.getWeights();
    const last = model.layers.at(-1);
    t.equal(model.pop(), last);
    model.add(new Dense({ units: 1 }));
    t.strictSame(model.outputShape, [null, 1]);
    t.strictSame(model.getWeights()[0]?.data, kernel?.data);
  });

  t.test('a config gives the same architecture', async (t) => {
    const model = classifier();
    const json = JSON.parse(JSON.stringify(model));
    t.equal(json.class_name, 'Sequential');
    t.equal(json.config.layers[0].class_name, 'InputLayer');
    t.equal(json.compile_config.loss, 'sparse_categorical_crossentropy');
    const copy = Sequential.fromConfig(json.config);
    t.strictSame(copy.getConfig(), model.getConfig());
    copy.setWeights(model.getWeights());
    t.strictSame(copy.predictSync(x).data, model.predictSync(x).data);
  });
});
