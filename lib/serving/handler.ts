import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkString } from '../check';
import { invalidUse } from '../errors';
import type { BaseModel } from '../models/base_model';
import { readBody } from './body';
import { onClose } from './connections';
import type { ServedModel } from './model_store';
import { clientLeft, type Refusal, refusalOf } from './refusal';
import type { Leaving } from './request';
import { type Answer, type Found, findRoute, isOurs } from './routes';
import { type HandlerOptions, Service } from './service';

/** For `node:http` and Express. */
export interface Handler {
  /** Answers a request; other paths go to `next`, or are 404 without it. */
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
    checkString(name, 'name');
    if (version !== undefined) checkString(version, 'version');
    await this.#served(name, version).swap(model);
  }

  #served(name: string, version: string | undefined): ServedModel {
    try {
      return this.#service.store.get(name, version);
    } catch (refusal) {
      // Who is no client of HTTP is given an Error.
      throw invalidUse((refusal as Refusal).message);
    }
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
    const client = this.#enter(request, response);
    const { method = 'GET' } = request;
    const labels = { model: '', protocol: '' };
    let status = 200;
    try {
      const found = findRoute(method, path);
      labels.protocol = found.route.protocol;
      // Names that clients make up would fill the memory.
      if (this.#service.store.has(found.name)) labels.model = found.name;
      const answer = await this.#answer(request, found, client);
      status = answer.status ?? status;
      this.#send(response, method, answer);
    } catch (error) {
      const refusal = refusalOf(error);
      status = refusal.status;
      if (status === 500) process.emitWarning(error instanceof Error ? error : String(error));
      this.#refuse(response, method, refusal);
    }
    this.#service.requests.add({ model: labels.model, protocol: labels.protocol, status: String(status) });
    this.#service.seconds.observe(labels, (performance.now() - begin) / 1000);
  }

  #enter({ socket }: IncomingMessage, response: ServerResponse): Client {
    this.#running++;
    const client = new Client();
    // Node says nothing of an answer that waits behind others when its connection ends.
    const forget = response.socket === null ? onClose(socket, () => leave()) : () => {};
    const leave = (): void => {
      response.off('finish', leave).off('close', leave);
      forget();
      if (!response.writableFinished) client.leave();
      this.#running--;
      if (this.#running > 0) return;
      for (const resolve of this.#idle) resolve();
      this.#idle = [];
    };
    response.on('finish', leave).on('close', leave);
    return client;
  }

  async #answer(request: IncomingMessage, { route, name, version }: Found, { leaving }: Client): Promise<Answer> {
    const service = this.#service;
    const body = () => readBody(request, service);
    return route.answer({ service, name, version, isOpen: this.#isOpen, headers: request.headers, body, leaving });
  }

  #refuse(response: ServerResponse, method: string, { status, code, message, headers }: Refusal): void {
    this.#send(response, method, { status, json: { error: message, code }, headers });
  }

  #send(response: ServerResponse, method: string, answer: Answer): void {
    // Another handler may have answered meanwhile.
    if (response.headersSent || response.destroyed) return;
    const { status = 200, json, text = '', bytes = [], headers } = answer;
    const head = json === undefined ? text : JSON.stringify(json);
    // A string goes out in one piece with the headers.
    const whole = bytes.length === 0 ? head : Buffer.concat([toBytes(head), ...bytes]);
    const isText = json === undefined && typeof text === 'string';
    const type = isText ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json';
    response.writeHead(status, {
      ...headers,
      'Content-Type': bytes.length > 0 ? 'application/octet-stream' : type,
      'Content-Length': Buffer.byteLength(whole),
      ...(bytes.length > 0 && { 'Inference-Header-Content-Length': Buffer.byteLength(head) }),
      ...(!this.#isOpen && { Connection: 'close' }),
    });
    response.end(method === 'HEAD' ? undefined : whole);
    // Who takes nothing any more would hold the answer, and `close`, for ever.
    if (response.writableLength > 0) response.setTimeout(this.#service.bodyTimeout, () => response.destroy());
  }
}

const toBytes = (text: string | Uint8Array): Uint8Array => (typeof text === 'string' ? Buffer.from(text) : text);

/** Who asked. Not an AbortSignal: one for each request takes longer than all else that the handler does for it. */
class Client {
  #hasLeft = false;
  #act: ((reason: unknown) => void) | null = null;

  readonly leaving: Leaving = (act) => {
    if (this.#hasLeft) act(clientLeft());
    this.#act = act;
    return () => {
      this.#act = null;
    };
  };

  leave(): void {
    this.#hasLeft = true;
    this.#act?.(clientLeft());
  }
}

/** Without its query, and without a slash at its end. Clients may write whole URLs (RFC 9112, section 3.2.2). */
function pathOf({ url = '/' }: IncomingMessage): string {
  const [path = ''] = url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
