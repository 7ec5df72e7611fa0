import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BaseModel } from '../models/base_model';
import { readBody } from './body';
import { clientLeft, type Refusal, refusalOf } from './refusal';
import { type Answer, type Found, findRoute, isOurs } from './routes';
import { type HandlerOptions, Service } from './service';

/** For `node:http` and Express. */
export interface Handler {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  /** Until all files are loaded; rejects by the first that cannot be. Until then, and after that, what is asked of such a model is refused. */
  readonly ready: Promise<void>;
  /** Puts another model in the place of one that serves; no request fails. Default of `version`: the latest that serves */
  swap(name: string, model: BaseModel<unknown>, version?: string): Promise<void>;
  /** Is ready no more, and waits until all requests are answered. */
  close(): Promise<void>;
}

/**
 * A request handler that serves models: TensorFlow Serving's REST API (`/v1/models/NAME:predict`), the Open Inference Protocol
 * (`/v2/models/NAME/infer`, `/v2/health/ready`) and Prometheus' `/metrics`. Other paths are left to `next`, where there is one.
 *
 * Requests of all clients of a model are joined by a {@link Batcher}. Defaults: bodies of at most 32 MB and 65,536 rows, 30 s for
 * a body and for its outputs, no `watch`. Errors are JSON, `{ error, code }`: 4xx for what the client did, 503 where it should try
 * again, 504 past `deadline`. It throws `ERR_INVALID_ARG` and `ERR_OUT_OF_RANGE` for wrong options.
 *
 * @example
 * ```ts
 * const handle = handler({ models: { digits: model } });
 * typeof handle; // "function"
 * await handle.close();
 * ```
 */
export function handler(options: HandlerOptions): Handler {
  const server = new Answering(new Service(options));
  const handle = (request: IncomingMessage, response: ServerResponse, next?: () => void): void => {
    void server.handle(request, response, next);
  };
  return Object.assign(handle, {
    ready: server.ready,
    swap: async (name: string, model: BaseModel<unknown>, version?: string) => server.swap(name, model, version),
    close: async () => server.close(),
  });
}

class Answering {
  readonly ready: Promise<void>;
  readonly #service: Service;
  #isOpen = true;
  #running = 0;
  #idle: (() => void)[] = [];

  constructor(service: Service) {
    this.#service = service;
    this.ready = service.store.open();
    // Who does not wait for it reads it from /v2/health/ready.
    this.ready.catch(() => {});
  }

  async swap(name: string, model: BaseModel<unknown>, version?: string): Promise<void> {
    await this.#service.store.get(name, version).swap(model);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#service.store.close();
  }

  async handle(request: IncomingMessage, response: ServerResponse, next?: () => void): Promise<void> {
    const path = pathOf(request);
    if (next !== undefined && !isOurs(path)) {
      next();
      return;
    }
    // Another handler has answered, or the client has left: nothing is to be done.
    if (response.headersSent || response.destroyed) return;
    const begin = performance.now();
    const leaving = new AbortController();
    this.#enter(response, leaving);
    const { method = 'GET' } = request;
    const labels = { model: '', protocol: '' };
    let status = 200;
    try {
      const found = findRoute(method, path);
      labels.protocol = found.route.protocol;
      // Names that clients make up would fill the memory.
      if (this.#service.store.has(found.name)) labels.model = found.name;
      const answer = await this.#answer(request, found, leaving.signal);
      status = answer.status ?? status;
      this.#send(response, method, answer);
    } catch (error) {
      const refusal = refusalOf(error);
      status = refusal.status;
      if (status === 500) process.emitWarning(error instanceof Error ? error : String(error));
      this.#refuse(response, method, refusal);
    }
    this.#service.requests.add({ ...labels, status: String(status) });
    this.#service.seconds.observe(labels, (performance.now() - begin) / 1000);
  }

  #enter(response: ServerResponse, leaving: AbortController): void {
    this.#running++;
    const leave = (): void => {
      response.off('finish', leave).off('close', leave);
      if (!response.writableFinished) leaving.abort(clientLeft());
      this.#running--;
      if (this.#running > 0) return;
      for (const resolve of this.#idle) resolve();
      this.#idle = [];
    };
    response.on('finish', leave).on('close', leave);
  }

  async #answer(request: IncomingMessage, { route, name, version }: Found, signal: AbortSignal): Promise<Answer> {
    const service = this.#service;
    const body = () => readBody(request, service);
    return route.answer({ service, name, version, isOpen: this.#isOpen, headers: request.headers, body, signal });
  }

  #refuse(response: ServerResponse, method: string, { status, code, message, headers }: Refusal): void {
    this.#send(response, method, { status, json: { error: message, code }, headers });
  }

  #send(response: ServerResponse, method: string, answer: Answer): void {
    // Another handler may have answered meanwhile.
    if (response.headersSent || response.destroyed) return;
    const { status = 200, json, text = '', bytes = [], headers = {} } = answer;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const head = Buffer.from(json === undefined ? text : JSON.stringify(json));
    const type = json === undefined ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json';
    response.statusCode = status;
    response.setHeader('Content-Type', bytes.length > 0 ? 'application/octet-stream' : type);
    if (bytes.length > 0) response.setHeader('Inference-Header-Content-Length', head.length);
    if (!this.#isOpen) response.setHeader('Connection', 'close');
    const whole = bytes.length === 0 ? head : Buffer.concat([head, ...bytes]);
    response.setHeader('Content-Length', whole.length);
    response.end(method === 'HEAD' ? undefined : whole);
  }
}

/** Without its query, and without a slash at its end. */
function pathOf({ url = '/' }: IncomingMessage): string {
  const [path = '/'] = url.split('?');
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
