import { inferenceRequest } from '../protocols/inference_request';
import { tensorflowRequest } from '../protocols/tensorflow_request';
import type { ShapedArray } from '../tensor';
import { decodeRequest } from './decode';
import { encodeAnswer } from './encode';
import * as inference from './open_inference';
import { Refusal } from './refusal';
import type { Leaving } from './request';
import type { Service } from './service';
import * as tensorflow from './tensorflow_serving';

/** What a route needs to answer. */
export interface Call {
  readonly service: Service;
  readonly name: string;
  readonly version: string | undefined;
  /** Whether new requests are welcome. */
  readonly isOpen: boolean;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body, or what a parser before this has made of it. */
  readonly body: () => Promise<Buffer | { readonly parsed: unknown }>;
  readonly leaving: Leaving;
}

export interface Answer {
  readonly status?: number;
  readonly json?: object;
  /** JSON as bytes; a string is plain text. */
  readonly text?: string | Uint8Array;
  /** Follow the JSON. */
  readonly bytes?: readonly Uint8Array[];
  readonly headers?: Readonly<Record<string, string>>;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly protocol: 'tensorflow' | 'inference' | '';
  readonly answer: (call: Call) => Answer | Promise<Answer>;
}

const MODEL = '/models/(?<name>[^/:]+)(?:/versions/(?<version>[^/:]+))?';

function route(method: Route['method'], path: string, answer: Route['answer']): Route {
  const protocol = path.startsWith('/v1') ? 'tensorflow' : path.startsWith('/v2') ? 'inference' : '';
  return { method, path: new RegExp(`^${path}$`), protocol, answer };
}

const ROUTES: readonly Route[] = [
  route('GET', `/v1${MODEL}`, ({ service, name, version }) => ({
    json: tensorflow.modelStatus(
      version === undefined ? service.store.versions(name) : [service.store.get(name, version)],
    ),
  })),
  route('GET', `/v1${MODEL}/metadata`, ({ service, name, version }) => ({
    json: tensorflow.modelMetadata(service.store.get(name, version)),
  })),
  route('POST', `/v1${MODEL}:predict`, predict),
  route('GET', '/v2', () => ({ json: inference.serverMetadata() })),
  route('GET', '/v2/health/live', () => ({ json: { live: true } })),
  route('GET', '/v2/health/ready', ({ service, isOpen }) => {
    const json = inference.readiness(service.store, isOpen);
    return { status: json.ready ? 200 : 503, json };
  }),
  route('POST', '/v2/repository/index', ({ service }) => ({ json: inference.repositoryIndex(service.store) })),
  route('GET', `/v2${MODEL}`, ({ service, name, version }) => ({
    json: inference.modelMetadata(service.store.get(name, version), service.store.versions(name)),
  })),
  route('GET', `/v2${MODEL}/ready`, ({ service, name, version, isOpen }) => {
    const ready = isOpen && service.store.get(name, version).isReady;
    return { status: ready ? 200 : 503, json: { name, ready } };
  }),
  route('POST', `/v2${MODEL}/infer`, infer),
  route('GET', '/metrics', ({ service }) => ({ text: service.metrics() })),
];

/** Whether a path belongs to one of the protocols, if to no route of them. */
export function isOurs(path: string): boolean {
  return /^\/(?:v1\/models|v2)(?:\/|$)|^\/metrics$/.test(path);
}

export interface Found {
  readonly route: Route;
  readonly name: string;
  readonly version: string | undefined;
}

/** Errors: a {@link Refusal} with 404 or 405. */
export function findRoute(method: string, path: string): Found {
  const wanted = method === 'HEAD' ? 'GET' : method;
  for (const route of ROUTES) {
    const match = route.method === wanted ? route.path.exec(path) : null;
    if (match === null) continue;
    const { name = '', version } = match.groups ?? {};
    return { route, name: decoded(name), version };
  }
  const found = ROUTES.filter((one) => one.path.test(path));
  if (found.length === 0)
    throw new Refusal(404, 'ERR_INVALID_ARG', `Expected the path of a route, received ${path.slice(0, 200)}.`);
  const Allow = found.map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');
  throw new Refusal(405, 'ERR_UNSUPPORTED', `Expected ${Allow}, received ${method}.`, { Allow });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new Refusal(400, 'ERR_INVALID_ARG', 'Expected a path that is encoded as URLs are.');
  }
}

async function predict({ service, name, version, body, leaving }: Call): Promise<Answer> {
  const served = service.store.serving(name, version);
  served.batcher.checkRoom();
  const given = await body();
  const request = Buffer.isBuffer(given) ? await decodeRequest('tensorflow', given) : tensorflowRequest(given.parsed);
  const { signature } = served;
  const tensors = await service.predict(served, { inputs: request.inputs, isBinary: false, leaving });
  const names = signature.outputs.map((output) => output.name);
  return encodeAnswer({ protocol: 'tensorflow', format: request.format, names, tensors: tensors.map(plain) });
}

async function infer({ service, name, version, headers, body, leaving }: Call): Promise<Answer> {
  const served = service.store.serving(name, version);
  served.batcher.checkRoom();
  const given = await body();
  const request = Buffer.isBuffer(given)
    ? await decodeInference(given, headers['inference-header-content-length'])
    : inferenceRequest(given.parsed, new Uint8Array(0));
  const { signature } = served;
  const asked = inference.askedOutputs(request, signature);
  const isBinary = asked.every(({ binary }) => binary);
  const tensors = await service.predict(served, { inputs: request.inputs, isBinary, leaving });
  const { answer, bytes } = inference.inference(served, request, signature, asked, tensors);
  return { bytes, ...(await encodeAnswer(answer)) };
}

/** Fit for another thread. */
const plain = ({ data, shape }: ShapedArray): ShapedArray => ({ data, shape });

/** The header tells how many bytes of the body are JSON; without it all are. */
async function decodeInference(body: Buffer, header: string | readonly string[] | undefined) {
  if (header === undefined) return decodeRequest('inference', body);
  const length = Number(header);
  if (!/^\d+$/.test(String(header)) || length > body.length) {
    const message = `Expected Inference-Header-Content-Length, at most ${body.length}, received '${String(header).slice(0, 100)}'.`;
    throw new Refusal(400, 'ERR_INVALID_ARG', message);
  }
  return decodeRequest('inference', body, length);
}
