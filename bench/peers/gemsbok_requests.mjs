// Requests over HTTP to a model of ours.
import { Batcher, handler } from 'gemsbok/serving';
import { floats } from '../protocol.mjs';
import { requests, rowsHandler } from './requests.mjs';

/** The Open Inference Protocol with a row as bytes. */
function inferenceBody(columns) {
  const size = 4 * columns;
  const input = { name: 'x', shape: [1, columns], datatype: 'FP32', parameters: { binary_data_size: size } };
  const json = JSON.stringify({ inputs: [input], parameters: { binary_data_output: true } });
  return {
    path: '/v2/models/digits/infer',
    headers: { 'Inference-Header-Content-Length': json.length },
    body: Buffer.concat([Buffer.from(json), Buffer.from(floats(columns).buffer)]),
  };
}

/** `behind`: nothing, `predict` for each request, a Batcher, or all of the library's handler. */
export async function requestsTo(model, request) {
  const columns = request.layers[0];
  const nothing = { data: new Float32Array(request.layers.at(-1)) };
  const batcher = new Batcher(model);
  await batcher.warmUp();
  const listeners = {
    nothing: () => rowsHandler(async () => nothing),
    predict: () => rowsHandler((data) => model.predict({ data, shape: [1, columns] })),
    batcher: () => rowsHandler((data) => batcher.predict({ data, shape: [1, columns] })),
    handler: () => handler({ models: { digits: model } }),
  };
  const sent = request.behind === 'handler' ? inferenceBody(columns) : {};
  return requests(listeners[request.behind](), request, sent);
}
