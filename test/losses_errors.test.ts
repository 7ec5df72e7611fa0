import { MeanSquaredError } from 'gemsbok';
import t from 'tap';
import { loadAddon } from './helpers/registries';

t.test('gradients refuse what values refuse', async (t) => {
  const loss = new MeanSquaredError();
  t.throws(() => loss.gradient([[1, 2, 3]], [[1, 2]]), { code: 'ERR_SHAPE_MISMATCH' });
  t.throws(() => loss.valueAndGradient([1], [1], { mask: [1, 1, 1] as never, weight: 1 } as never), {
    code: 'ERR_INVALID_ARG',
  });
});

t.test('native code never reads past what it was given', async (t) => {
  const addon = loadAddon();
  const call = {
    loss: { name: 'categorical_focal_crossentropy', parameters: {} },
    reduction: 'none',
    yTrue: new Float32Array(4),
    yPred: new Float32Array(4).fill(0.5),
    rows: 1,
    columns: 4,
    trueColumns: 4,
    weights: null,
    mask: null,
    weightRepeat: 1,
    gradient: true,
  } as const;
  const focal = (parameters: object) => ({
    ...call,
    loss: {
      ...call.loss,
      parameters: { from_logits: false, label_smoothing: 0, epsilon: 1e-7, gamma: 2, alpha: 1, ...parameters },
    },
  });
  for (const alpha of [0.25, [0.25], [0.25, 0.5], [1, 2, 3, 4, 5], [1, 2, 3, 4]]) {
    t.ok(addon.lossEvaluate(focal({ alpha })).values?.every(Number.isFinite), `${alpha}`);
  }
  for (const wrong of [{ alpha: [] }, { alpha: ['1'] }, { gamma: [] }, { gamma: [1, 2] }, { gamma: undefined }]) {
    t.throws(() => addon.lossEvaluate(focal(wrong)), { code: 'ERR_INVALID_ARG' }, JSON.stringify(wrong));
  }
  for (const wrong of [{ rows: 2 }, { columns: 5 }, { trueColumns: 1 }, { yTrue: new Float32Array(3) }]) {
    t.throws(
      () => addon.lossEvaluate({ ...focal({}), ...wrong }),
      { code: 'ERR_SHAPE_MISMATCH' },
      JSON.stringify(wrong),
    );
  }
  const halves = { loss: { name: 'gaussian_nll', parameters: { full: true, epsilon: 1e-6 } }, trueColumns: 4 };
  t.throws(() => addon.lossEvaluate({ ...call, ...halves }), { code: 'ERR_SHAPE_MISMATCH' });
  t.throws(() => addon.lossEvaluate({ ...call, loss: { name: 'none', parameters: {} } }), { code: 'ERR_INVALID_ARG' });
});
