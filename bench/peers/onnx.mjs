import { floats, installed, serve, threads, timed, typical } from '../protocol.mjs';
import { denseModel } from './onnx_model.mjs';

const { InferenceSession, Tensor, env } = installed('onnxruntime-node');

async function session({ layers }, rows) {
  const options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
  const made = await InferenceSession.create(denseModel(layers, floats), options);
  const x = new Tensor('float32', floats(rows * layers[0]), [rows, layers[0]]);
  return () => made.run({ x });
}

serve(`onnxruntime-node ${env.versions.node}, ${threads} thread(s)`, {
  'predict row': async (request) => {
    const run = await session(request, 1);
    return () => typical(request.calls, run);
  },
  predict: async (request) => {
    const run = await session(request, request.rows);
    return () => timed(run);
  },
});
