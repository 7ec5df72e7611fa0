import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Add, Dense, GlorotUniform, Input, Model, Sequential } from 'gemsbok';
import { type ModelSources, type ServeOptions, type Server, serve } from 'gemsbok/serving';
import type { Test } from 'tap';

/** Six inputs `x`, three outputs `y`. */
export function digits(seed = 1): Sequential {
  const kernelInitializer = new GlorotUniform({ seed });
  return new Sequential([
    new Input({ shape: [6], name: 'x' }),
    new Dense({ units: 3, activation: 'softmax', name: 'y', kernelInitializer }),
  ]);
}

/** Two inputs and two outputs. */
export function pair(): Model {
  const [left, right] = [new Input({ shape: [2], name: 'left' }), new Input({ shape: [2], name: 'right' })];
  const sum = new Add({ name: 'sum' }).apply([left, right]);
  return new Model({
    inputs: [left, right],
    outputs: [sum, new Dense({ units: 1, name: 'score' }).apply(sum)],
  }) as Model;
}

export interface Client extends Server {
  get(
    path: string,
    options?: RequestInit,
  ): Promise<{ readonly status: number; readonly json: Fields; readonly headers: Headers }>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): ReturnType<Client['get']>;
}
type Fields = Readonly<Record<string, unknown>>;

export async function started(t: Test, models: ModelSources, options: Partial<ServeOptions> = {}): Promise<Client> {
  const server = await serve({ models, port: 0, ...options });
  t.teardown(() => server.close());
  const get: Client['get'] = async (path, init) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
    return { status: response.status, json: (await response.json()) as Fields, headers: response.headers };
  };
  const post: Client['post'] = (path, body, headers = {}) =>
    get(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers });
  return { ...server, get, post };
}

/** A server of this handler alone; gives its address. */
export async function listening(
  t: Test,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
