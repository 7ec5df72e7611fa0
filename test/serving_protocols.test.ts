import { Add, Input, Model } from 'gemsbok';
import t from 'tap';
import { digits, pair, started } from './helpers/serving';
import { BAD_REQUESTS, ROW } from './serving_requests.cases';

t.test("TensorFlow Serving's REST API", async (t) => {
  const model = digits();
  const { get, post } = await started(t, { digits: model, pair: pair() });
  const wanted = model.predictSync([ROW, ROW]).toArray();
  t.match(await post('/v1/models/digits:predict', { instances: [ROW, ROW] }), {
    status: 200,
    json: { predictions: wanted },
  });
  t.strictSame((await post('/v1/models/digits:predict', { instances: [{ x: ROW }, { x: ROW }] })).json, {
    predictions: wanted,
  });
  t.strictSame((await post('/v1/models/digits/versions/1:predict', { inputs: [ROW, ROW] })).json, { outputs: wanted });
  t.strictSame(
    (await post('/v1/models/digits:predict', { inputs: { x: [ROW, ROW] }, signature_name: 'serving_default' })).json,
    { outputs: wanted },
  );
  const rows = await post('/v1/models/pair:predict', {
    instances: [
      { left: [1, 2], right: [3, 4] },
      { right: [0, 0], left: [5, 6] },
    ],
  });
  t.match(rows.json, {
    predictions: [
      { sum: [4, 6], score: [Number] },
      { sum: [5, 6], score: [Number] },
    ],
  });
  const columns = await post('/v1/models/pair:predict', { inputs: { left: [[1, 2]], right: [[3, 4]] } });
  t.match(columns.json, { outputs: { sum: [[4, 6]], score: [[Number]] } });
  t.match((await get('/v1/models/digits')).json, { model_version_status: [{ version: '1', state: 'AVAILABLE' }] });
  t.match((await get('/v1/models/pair/metadata')).json, {
    model_spec: { name: 'pair', version: '1' },
    metadata: {
      signature_def: {
        signature_def: {
          serving_default: {
            inputs: { left: { dtype: 'DT_FLOAT', tensor_shape: { dim: [{ size: '-1' }, { size: '2' }] } } },
            outputs: { score: {} },
          },
        },
      },
    },
  });
});

t.test('the Open Inference Protocol', async (t) => {
  const model = digits();
  const { get, post } = await started(t, { digits: model, pair: pair() });
  t.match((await get('/v2')).json, { name: 'gemsbok', extensions: ['binary_tensor_data'] });
  t.strictSame((await get('/v2/health/live')).json, { live: true });
  t.strictSame((await get('/v2/health/ready/')).json, { ready: true });
  t.strictSame((await get('/v2/models/digits/versions/1/ready?x=1')).json, { name: 'digits', ready: true });
  t.match((await get('/v2/models/digits')).json, {
    name: 'digits',
    versions: ['1'],
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 6] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3] }],
  });
  const data = [...model.predictSync([ROW, ROW]).data];
  for (const [datatype, numbers] of [
    ['FP32', [ROW, ROW].flat()],
    ['FP64', [ROW, ROW]],
    ['INT64', [ROW, ROW].flat()],
    ['UINT8', [ROW, ROW]],
  ]) {
    const inputs = [{ name: 'x', shape: [2, 6], datatype, data: numbers }];
    t.strictSame((await post('/v2/models/digits/infer', { id: 'a', inputs })).json, {
      model_name: 'digits',
      model_version: '1',
      id: 'a',
      outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 3], data }],
    });
  }
  const inputs = ['left', 'right'].map((name) => ({ name, shape: [1, 2], datatype: 'BOOL', data: [true, false] }));
  const answer = await post('/v2/models/pair/versions/1/infer', { inputs, outputs: [{ name: 'sum' }] });
  t.strictSame(answer.json.outputs, [{ name: 'sum', datatype: 'FP32', shape: [1, 2], data: [2, 0] }]);
  t.match((await post('/v2/repository/index', '')).json, [
    { name: 'digits', state: 'READY' },
    { name: 'pair', state: 'READY' },
  ]);
});

const WRITERS = {
  FP32: (n: number, view: DataView, at: number) => view.setFloat32(at, n, true),
  FP64: (n: number, view: DataView, at: number) => view.setFloat64(at, n, true),
  INT64: (n: number, view: DataView, at: number) => view.setBigInt64(at, BigInt(n), true),
  INT16: (n: number, view: DataView, at: number) => view.setInt16(at, n, true),
  UINT8: (n: number, view: DataView, at: number) => view.setUint8(at, n),
};
const SIZES = { FP32: 4, FP64: 8, INT64: 8, INT16: 2, UINT8: 1 };

t.test('binary tensors', async (t) => {
  const model = digits();
  const server = await started(t, { digits: model });
  const wanted = model.predictSync([ROW]).data;
  for (const datatype of Object.keys(SIZES) as (keyof typeof SIZES)[]) {
    const size = ROW.length * SIZES[datatype];
    const bytes = new DataView(new ArrayBuffer(size));
    for (const [i, n] of ROW.entries()) WRITERS[datatype](n, bytes, i * SIZES[datatype]);
    const json = JSON.stringify({
      // The bytes begin wherever the JSON ends.
      id: 'x'.repeat(SIZES[datatype]),
      inputs: [{ name: 'x', shape: [1, 6], datatype, parameters: { binary_data_size: size } }],
      parameters: { binary_data_output: true },
    });
    const response = await fetch(`http://127.0.0.1:${server.port}/v2/models/digits/infer`, {
      method: 'POST',
      headers: { 'Inference-Header-Content-Length': String(json.length) },
      body: Buffer.concat([Buffer.from(json), Buffer.from(bytes.buffer)]),
    });
    const answer = await response.arrayBuffer();
    const length = Number(response.headers.get('inference-header-content-length'));
    t.match(JSON.parse(Buffer.from(answer.slice(0, length)).toString()), {
      outputs: [{ name: 'y', shape: [1, 3], parameters: { binary_data_size: 12 } }],
    });
    t.strictSame(new Float32Array(answer.slice(length)), wanted, datatype);
  }
});

t.test('what cannot be answered', async (t) => {
  const server = await started(t, { digits: digits(), pair: pair() }, { maxBodyBytes: 2 ** 20, maxRows: 1000 });
  const alive = server.post('/v1/models/digits:predict', { instances: [ROW] });
  for (const { path, method = 'GET', body, headers = {}, status, code } of BAD_REQUESTS) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await server.get(path, { method, headers, ...(body === undefined ? {} : { body: text as string }) });
    const what = `${method} ${path} ${String(text).slice(0, 120)}`;
    t.strictSame([answer.status, answer.json.code, typeof answer.json.error], [status, code, 'string'], what);
    t.equal(answer.headers.get('content-type'), 'application/json');
  }
  t.equal((await alive).status, 200);
  t.equal((await server.get('/v2/health/ready')).status, 200);
  const missing = await server.post('/v1/models/pair:predict', { inputs: { left: [[1, 2]] } });
  t.match(missing, { status: 400, json: { code: 'ERR_INVALID_ARG', error: /right/ } });
  const nameless = await server.post('/v1/models/pair:predict', { instances: [[1, 2]] });
  t.match(nameless, { status: 400, json: { error: /left, right for `inputs`, received numbers without names/ } });
  t.equal((await server.get('/v2', { method: 'DELETE' })).headers.get('allow'), 'GET, HEAD');
  const uneven = await server.post('/v1/models/pair:predict', {
    inputs: {
      left: [[1, 2]],
      right: [
        [1, 2],
        [3, 4],
      ],
    },
  });
  t.match(uneven, { status: 400, json: { code: 'ERR_SHAPE_MISMATCH' } });
});

t.test('a large body is parsed elsewhere, with the same answer', async (t) => {
  const model = digits();
  const { post } = await started(t, { digits: model });
  const instances = Array.from({ length: 40_000 }, (_, r) => ROW.map((n) => n + r / 7));
  t.ok(JSON.stringify({ instances }).length > 2 ** 21);
  const { predictions } = (await post('/v1/models/digits:predict', { instances })).json;
  t.strictSame(predictions, model.predictSync(instances).toArray());
  const data = instances.flat();
  const { outputs } = (
    await post('/v2/models/digits/infer', { inputs: [{ name: 'x', shape: [40_000, 6], datatype: 'FP64', data }] })
  ).json;
  t.strictSame((outputs as { data: number[] }[])[0]?.data, [...model.predictSync(instances).data]);
  const json = JSON.stringify({ id: 'x', inputs: [{ name: 'x', shape: [40_000, 6], datatype: 'FP64', data }] });
  const headers = { 'inference-header-content-length': String(json.length) };
  t.strictSame((await post('/v2/models/digits/infer', json, headers)).json.outputs, outputs);
  t.match(await post('/v2/models/digits/infer', `${json}more`, headers), {
    status: 400,
    json: { code: 'ERR_INVALID_ARG', error: /4 bytes more/ },
  });
  const wrong = await post('/v1/models/digits:predict', { instances: [...instances, [1]] });
  t.match(wrong, { status: 400, json: { code: 'ERR_INVALID_ARG', error: /instances\[40000\]/ } });
});

t.test('inputs without number take time in proportion', async (t) => {
  const { post } = await started(t, { digits: digits() });
  const inputs = Array.from({ length: 250_000 }, (_, i) => ({ name: `${i}`, datatype: 'BOOL', shape: [0], data: [] }));
  t.match(await post('/v2/models/digits/infer', { inputs }), { status: 400, json: { code: 'ERR_INVALID_ARG' } });
});

t.test('any text may be the name of an input', async (t) => {
  const [data, shape] = ['data', 'shape'].map((name) => new Input({ shape: [2], name })) as [Input, Input];
  const { post } = await started(t, {
    sum: new Model({ inputs: [data, shape], outputs: new Add().apply([data, shape]) }),
  });
  const [left, right] = [
    [1, 2],
    [3, 4],
  ];
  t.strictSame((await post('/v1/models/sum:predict', { inputs: { data: [left], shape: [right] } })).json, {
    outputs: [[4, 6]],
  });
  t.strictSame((await post('/v1/models/sum:predict', { instances: [{ shape: right, data: left }] })).json, {
    predictions: [[4, 6]],
  });
});
