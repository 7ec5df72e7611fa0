import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { LIVE_HEADERS, LIVE_PAGE } from './live_page';

/** For what a browser has yet to be sent at the end. */
const FLUSH_MS = 1000;
/** Pages that are open at once; each event is kept for each of them until it is sent. */
const MOST_CLIENTS = 16;
/** Connections of the pages, and of the other requests that browsers make. */
const MOST_CONNECTIONS = 4 * MOST_CLIENTS;
/** What a page that does not read has waiting at most. */
const MOST_UNREAD = 2 ** 23;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;
/** Addresses that stand for all of a machine. */
const ANY = ['0.0.0.0', '::'];

/** Serves the page, and its events. Other machines need the token that its address holds. */
export class LiveServer {
  readonly #server: Server;
  readonly #host: string;
  readonly #token: string | null;
  readonly #listeners = new Set<ServerResponse>();
  readonly #sockets = new Set<Socket>();

  /** `first` makes the events of a page that begins to listen. */
  private constructor(host: string, first: () => Promise<string>) {
    this.#host = host;
    this.#token = LOOPBACK.test(host) ? null : randomBytes(16).toString('hex');
    this.#server = createServer((request, response) => void this.#answer(request, response, first));
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async listen(host: string, port: number, first: () => Promise<string>): Promise<LiveServer> {
    const server = new LiveServer(host, first);
    // An unhandled error would end the process; the wait tells of it.
    await once(server.#server.listen(port, host), 'listening');
    return server;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    const name = ANY.includes(this.#host) ? hostname() : this.#host;
    return `http://${isIPv6(name) ? `[${name}]` : name}:${port}/${this.#token === null ? '' : `?token=${this.#token}`}`;
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** Lets the process end while it serves. */
  unref(): void {
    this.#server.unref();
  }

  send(event: string): void {
    for (const response of this.#listeners) {
      if (response.writableLength > MOST_UNREAD) response.destroy();
      else response.write(event);
    }
  }

  /** Browsers that show the page keep what they show. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    // Browsers keep connections in store, and may stop reading: neither may hold up the end of a run.
    for (const socket of this.#sockets) socket.setTimeout(FLUSH_MS, () => socket.destroy());
    const listening = new Set([...this.#listeners].map((response) => response.end().socket));
    for (const socket of this.#sockets) if (!listening.has(socket)) socket.destroySoon();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, first: () => Promise<string>): Promise<void> {
    const { method, url = '' } = request;
    const [path] = url.split('?');
    if (!this.#isAllowed(request)) response.writeHead(403).end();
    else if (method !== 'GET') response.writeHead(405).end();
    else if (path === '/') response.writeHead(200, LIVE_HEADERS).end(LIVE_PAGE);
    else if (path === '/events') await this.#listen(response, first);
    else response.writeHead(404).end();
  }

  #isAllowed({ url = '', headers }: IncomingMessage): boolean {
    if (this.#token !== null) return isSame(new URLSearchParams(url.split('?')[1]).get('token') ?? '', this.#token);
    // Another site must not reach it under a name of its own.
    const [, name = ''] = /^\[?([^\]]*?)\]?:\d+$/.exec(headers.host ?? '') ?? [];
    return LOOPBACK.test(name);
  }

  async #listen(response: ServerResponse, first: () => Promise<string>): Promise<void> {
    if (this.#listeners.size === MOST_CLIENTS) {
      response.writeHead(503, { 'retry-after': '10', connection: 'close' }).end();
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      connection: 'close',
    });
    this.#listeners.add(response);
    response.on('close', () => this.#listeners.delete(response));
    const event = await first();
    // The run may have ended meanwhile.
    if (!response.writableEnded) response.write(event);
  }
}

/** Takes the same time wherever two texts begin to differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
