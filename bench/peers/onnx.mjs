import { floats, installed, serve, threads, timed, typical } from '../protocol.mjs';
import { denseModel } from './onnx_model.mjs';
import { byHand, requests, rowsHandler } from './requests.mjs';

const { InferenceSession, Tensor, env } = installed('onnxruntime-node');

async function sessionOf({ layers }) {
  const options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
  return InferenceSession.create(denseModel(layers, floats), options);
}

async function session(request, rows) {
  const { layers } = request;
  const made = await sessionOf(request);
  const x = new Tensor('float32', floats(rows * layers[0]), [rows, layers[0]]);
  return () => made.run({ x });
}

async function overHttp(request) {
  const made = await sessionOf(request);
  const [columns] = request.layers;
  const predict = async (data, rows) => (await made.run({ x: new Tensor('float32', data, [rows, columns]) })).y;
  const answer = request.behind === 'batches by hand' ? byHand(columns, predict) : (row) => predict(row, 1);
  return requests(rowsHandler(answer), request);
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
  requests: overHttp,
});
