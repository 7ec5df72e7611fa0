import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { checkInteger, checkOptions, checkString } from '../check';
import { type Handler, handler } from './handler';
import { HANDLER_OPTIONS, type HandlerOptions } from './service';

export interface ServeOptions extends HandlerOptions {
  /** Default: '127.0.0.1', which other machines do not reach */
  readonly host?: string | undefined;
  /** 0 for any that is free. Default: 8501 */
  readonly port?: number | undefined;
}

/** A server that listens. */
export interface Server {
  /** The port that it listens at. */
  readonly port: number;
  /** The address that it listens at. */
  readonly host: string;
  /** What answers. */
  readonly handler: Handler;
  /** Accepts no more connections, waits until all requests are answered, and ends. */
  close(): Promise<void>;
}

const MOST_HEADERS_MS = 10_000;

/**
 * Serves models over HTTP: see {@link handler}, whose options it takes. All files are loaded, and the models computed with once,
 * when the promise is fulfilled.
 *
 * Defaults: `host` '127.0.0.1', `port` 8501, `watch` false. Errors, by which the promise is rejected: those of `loadModel`, and
 * the system's (`EADDRINUSE`).
 *
 * @example
 * ```ts
 * const server = await serve({ models: { digits: model }, port: 0 });
 * const response = await fetch(`http://127.0.0.1:${server.port}/v2/health/ready`);
 * await response.json(); // {"ready": true}
 * await server.close();
 * ```
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const known = [...HANDLER_OPTIONS, 'host', 'port'];
  const { host = '127.0.0.1', port = 8501, ...rest } = checkOptions(options, known, 'serve') as unknown as ServeOptions;
  checkString(host, 'host');
  checkInteger(port, 'port', { min: 0, max: 65_535 });
  const handle = handler(rest);
  try {
    await handle.ready;
    return await listen(handle, host, port, rest.bodyTimeout ?? 30_000);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function listen(handle: Handler, host: string, port: number, bodyTimeout: number): Promise<Server> {
  const server = http.createServer(handle);
  server.headersTimeout = MOST_HEADERS_MS;
  // Later than the handler's own, whose answer tells why.
  server.requestTimeout = bodyTimeout + MOST_HEADERS_MS;
  server.listen(port, host);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    // Not that of http, which ends connections whose answer is still on its way.
    const closed = new Promise<void>((resolve) => net.Server.prototype.close.call(server, () => resolve()));
    await handle.close();
    server.closeAllConnections();
    server.close();
    await closed;
  };
  return { host, port: (server.address() as AddressInfo).port, handler: handle, close };
}
