/** What a client sends that no model can answer, and what it is told. */
export interface BadRequest {
  readonly path: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
}

/** A row of the model `digits`, with six inputs. */
export const ROW = [0, 1, 2, 3, 4, 5];

const V1 = '/v1/models/digits:predict';
const V2 = '/v2/models/digits/infer';
const tensor = (changes: object = {}) => ({ name: 'x', shape: [1, 6], datatype: 'FP32', data: ROW, ...changes });
const ask = (changes: object, more: object = {}) => ({ inputs: [tensor(changes)], ...more });

const TENSORFLOW: readonly (readonly [unknown, string])[] = [
  ['{', 'ERR_INVALID_ARG'],
  ['', 'ERR_INVALID_ARG'],
  ['null', 'ERR_INVALID_ARG'],
  ['[]', 'ERR_INVALID_ARG'],
  ['{"instances":[[NaN,1,2,3,4,5]]}', 'ERR_INVALID_ARG'],
  [{}, 'ERR_INVALID_ARG'],
  [{ instances: [ROW], inputs: [ROW] }, 'ERR_INVALID_ARG'],
  [{ instances: ROW }, 'ERR_SHAPE_MISMATCH'],
  [{ instances: {} }, 'ERR_INVALID_ARG'],
  [{ instances: [] }, 'ERR_SHAPE_MISMATCH'],
  [{ instances: [[1, 2]] }, 'ERR_SHAPE_MISMATCH'],
  [{ instances: [ROW, [1]] }, 'ERR_INVALID_ARG'],
  [{ instances: [[...ROW.slice(1), 'a']] }, 'ERR_INVALID_ARG'],
  [{ instances: [[...ROW.slice(1), null]] }, 'ERR_INVALID_ARG'],
  [{ instances: [{ y: ROW }] }, 'ERR_INVALID_ARG'],
  [{ instances: [{ x: ROW }, ROW] }, 'ERR_INVALID_ARG'],
  [{ instances: [{ x: ROW }, { x: ROW, y: ROW }] }, 'ERR_INVALID_ARG'],
  [{ instances: [{ x: { b64: 'AAAA' } }] }, 'ERR_INVALID_ARG'],
  ['{"instances":[{"__proto__":[0,1,2,3,4,5]}]}', 'ERR_INVALID_ARG'],
  // Names of inputs that the model has not, and not an array with its shape.
  [{ instances: [{ data: ROW, shape: [6] }] }, 'ERR_INVALID_ARG'],
  [{ inputs: { data: ROW, shape: [1, 6] } }, 'ERR_INVALID_ARG'],
  [{ inputs: { data: [ROW], shape: [ROW] } }, 'ERR_INVALID_ARG'],
  [{ inputs: ROW }, 'ERR_SHAPE_MISMATCH'],
  [{ inputs: 5 }, 'ERR_INVALID_ARG'],
  ['{"instances":[[0,1,2,3,4,1e400]]}', 'ERR_OUT_OF_RANGE'],
  [{ instances: [{ x: [-3.5e38, 1, 2, 3, 4, 5] }] }, 'ERR_OUT_OF_RANGE'],
  [{ inputs: { x: [[1e39, 1, 2, 3, 4, 5]] } }, 'ERR_OUT_OF_RANGE'],
  [{ inputs: { z: [ROW] } }, 'ERR_INVALID_ARG'],
  [{ inputs: {} }, 'ERR_INVALID_ARG'],
  [{ instances: [ROW], signature_name: 'classify' }, 'ERR_INVALID_ARG'],
  [`{"instances":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'ERR_INVALID_ARG'],
  [`{"instances":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'ERR_INVALID_ARG'],
];

/** Flags as bytes, of which one is none. */
const FLAGS = JSON.stringify(ask({ datatype: 'BOOL', data: undefined, parameters: { binary_data_size: 6 } }));

const INFERENCE: readonly (readonly [unknown, string, Readonly<Record<string, string>>?])[] = [
  ['{', 'ERR_INVALID_ARG'],
  [{}, 'ERR_INVALID_ARG'],
  [{ inputs: [] }, 'ERR_INVALID_ARG'],
  [{ inputs: [null] }, 'ERR_INVALID_ARG'],
  [ask({ name: 7 }), 'ERR_INVALID_ARG'],
  [ask({ name: 'z' }), 'ERR_INVALID_ARG'],
  [{ inputs: [tensor(), tensor()] }, 'ERR_INVALID_ARG'],
  [ask({ datatype: 'FP16' }), 'ERR_UNSUPPORTED'],
  [ask({ datatype: 'BYTES' }), 'ERR_UNSUPPORTED'],
  [ask({ datatype: 'float32' }), 'ERR_INVALID_ARG'],
  [ask({ datatype: '__proto__' }), 'ERR_INVALID_ARG'],
  [ask({ datatype: 'UINT8', data: [256, 0, 0, 0, 0, 0] }), 'ERR_OUT_OF_RANGE'],
  [ask({ datatype: 'INT8', data: [-129, 0, 0, 0, 0, 0] }), 'ERR_OUT_OF_RANGE'],
  [ask({ datatype: 'INT32', data: [0.5, 0, 0, 0, 0, 0] }), 'ERR_OUT_OF_RANGE'],
  [ask({ datatype: 'BOOL', data: [2, 0, 0, 0, 0, 0] }), 'ERR_OUT_OF_RANGE'],
  [ask({ data: [1e39, 1, 2, 3, 4, 5] }), 'ERR_OUT_OF_RANGE'],
  [ask({ datatype: 'FP64', data: [1e39, 1, 2, 3, 4, 5] }), 'ERR_OUT_OF_RANGE'],
  [ask({ shape: [6] }), 'ERR_SHAPE_MISMATCH'],
  [ask({ shape: [1, 5] }), 'ERR_SHAPE_MISMATCH'],
  [ask({ shape: [2, 3] }), 'ERR_SHAPE_MISMATCH'],
  [ask({ shape: [-1, 6] }), 'ERR_OUT_OF_RANGE'],
  [ask({ shape: [1.5, 4] }), 'ERR_INVALID_ARG'],
  [ask({ shape: '1,6' }), 'ERR_INVALID_ARG'],
  [ask({ shape: [2 ** 40, 2 ** 40] }), 'ERR_SHAPE_MISMATCH'],
  [ask({ data: undefined }), 'ERR_INVALID_ARG'],
  [ask({ data: 'AAAA' }), 'ERR_INVALID_ARG'],
  [ask({ data: [1] }), 'ERR_SHAPE_MISMATCH'],
  [ask({ parameters: { binary_data_size: 24 } }), 'ERR_INVALID_ARG'],
  [ask({ parameters: { binary_data_size: 23 } }), 'ERR_INVALID_ARG'],
  [ask({ parameters: { binary_data_size: '24' } }), 'ERR_INVALID_ARG'],
  [ask({ parameters: [] }), 'ERR_INVALID_ARG'],
  [ask({}, { outputs: [{ name: 'none' }] }), 'ERR_INVALID_ARG'],
  [ask({}, { outputs: {} }), 'ERR_INVALID_ARG'],
  // Triton's other extensions, which ask for another answer.
  [ask({}, { outputs: [{ name: 'y', parameters: { classification: 2 } }] }), 'ERR_UNSUPPORTED'],
  [ask({}, { outputs: [{ name: 'y', parameters: { shared_memory_region: 'r' } }] }), 'ERR_UNSUPPORTED'],
  [ask({ parameters: { shared_memory_region: 'r' } }), 'ERR_UNSUPPORTED'],
  [ask({}, { outputs: [{ name: 'y' }, { name: 'y' }] }), 'ERR_INVALID_ARG'],
  [ask({}, { outputs: [{ name: 'y', parameters: { binary_data: 1 } }] }), 'ERR_INVALID_ARG'],
  [ask({}, { id: 5 }), 'ERR_INVALID_ARG'],
  [ask({}), 'ERR_INVALID_ARG', { 'inference-header-content-length': '-1' }],
  [ask({}), 'ERR_INVALID_ARG', { 'inference-header-content-length': '1e9' }],
  [ask({}), 'ERR_INVALID_ARG', { 'inference-header-content-length': '99999' }],
  [ask({}), 'ERR_INVALID_ARG', { 'inference-header-content-length': '3' }],
  [`${FLAGS}\x00\x01\x02\x00\x01\x00`, 'ERR_OUT_OF_RANGE', { 'inference-header-content-length': String(FLAGS.length) }],
];

const ELSEWHERE: readonly BadRequest[] = [
  { path: '/', status: 404, code: 'ERR_INVALID_ARG' },
  { path: '/v1/models', status: 404, code: 'ERR_INVALID_ARG' },
  { path: '/v1/models/none', status: 404, code: 'ERR_INVALID_ARG' },
  { path: '/v1/models/constructor', status: 404, code: 'ERR_INVALID_ARG' },
  { path: '/v1/models/%E0%A4%A', status: 400, code: 'ERR_INVALID_ARG' },
  { path: '/v1/models/none:predict', method: 'POST', body: { instances: [ROW] }, status: 404, code: 'ERR_INVALID_ARG' },
  { path: '/v1/models/digits/versions/7', status: 404, code: 'ERR_INVALID_ARG' },
  { path: '/v1/models/digits/versions/x:predict', method: 'POST', body: {}, status: 404, code: 'ERR_INVALID_ARG' },
  { path: '/v1/models/digits:classify', method: 'POST', body: {}, status: 404, code: 'ERR_INVALID_ARG' },
  { path: V1, status: 405, code: 'ERR_UNSUPPORTED' },
  { path: '/v1/models/digits', method: 'DELETE', status: 405, code: 'ERR_UNSUPPORTED' },
  { path: '/v2/models/none', status: 404, code: 'ERR_INVALID_ARG' },
  { path: '/v2/models/none/ready', status: 404, code: 'ERR_INVALID_ARG' },
  { path: '/v2/models/digits/versions/2/infer', method: 'POST', body: {}, status: 404, code: 'ERR_INVALID_ARG' },
  { path: V2, status: 405, code: 'ERR_UNSUPPORTED' },
  {
    path: V1,
    method: 'POST',
    body: 'x',
    headers: { 'content-encoding': 'gzip' },
    status: 415,
    code: 'ERR_UNSUPPORTED',
  },
  { path: V1, method: 'POST', body: { instances: Array(1001).fill(ROW) }, status: 413, code: 'ERR_OUT_OF_RANGE' },
  { path: V1, method: 'POST', body: 'x'.repeat(2 ** 20 + 1), status: 413, code: 'ERR_OUT_OF_RANGE' },
];

export const BAD_REQUESTS: readonly BadRequest[] = [
  ...TENSORFLOW.map(([body, code]) => ({ path: V1, method: 'POST', body, status: 400, code })),
  ...INFERENCE.map(([body, code, headers = {}]) => ({ path: V2, method: 'POST', body, headers, status: 400, code })),
  ...ELSEWHERE,
];
