import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Callback, type CallbackLogs, History } from '../callbacks';
import { checkBoolean, checkFunction, checkInteger, checkOptions } from '../check';
import { LIVE_HEADERS, LIVE_PAGE } from './live_page';
import { requireVega } from './render';
import { trainingCurves } from './training_curves';

export interface LivePlotOptions {
  /** The port on 127.0.0.1; 0 picks a free one. Default: 0 */
  readonly port?: number | undefined;
  /** Whether the page stays after the run, until `close()`, and keeps the process alive. Default: false */
  readonly keepOpen?: boolean | undefined;
  /** Gets the line that says where the page is. Default: `console.log` */
  readonly print?: ((line: string) => void) | undefined;
}

/** What the page shows. */
interface Shown {
  readonly state: 'running' | 'finished' | 'failed';
  readonly epoch: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly logs: Readonly<Record<string, unknown>>;
  readonly svg: string;
}

/** Drawing takes some tens of milliseconds of the event loop. */
const LEAST_MS = 300;
/** For what a browser has yet to be sent at the end. */
const FLUSH_MS = 1000;
/** Pages that are open at once; each event is kept for each of them until it is sent. */
const MOST_CLIENTS = 16;
/** Connections of the pages, and of the other requests that browsers make. */
const MOST_CONNECTIONS = 4 * MOST_CLIENTS;
/** What a page that does not read has waiting at most. */
const MOST_UNREAD = 2 ** 23;

/**
 * Shows the curves of a run while it runs: a page on this machine that moves with every epoch.
 *
 * It listens on 127.0.0.1 only, to 16 pages at once. The page needs nothing from elsewhere, and may do nothing else;
 * the server closes as the run ends, however it ends, unless `keepOpen` is set, and what is shown stays in the browser.
 * Needs the packages vega and vega-lite. Defaults: a free port, closes with the run, prints its address. Errors:
 * `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for options, `ERR_UNSUPPORTED` where a package is missing; the system's
 * `EADDRINUSE` comes out of `fit`.
 *
 * @example
 * ```ts
 * import { LivePlot } from 'gemsbok/plots';
 *
 * await model.fit(x, y, { epochs: 20, verbose: 0, callbacks: [new LivePlot()] });
 * ```
 */
export class LivePlot extends Callback {
  readonly port: number;
  readonly keepOpen: boolean;
  readonly #print: (line: string) => void;
  readonly #history = new History();
  readonly #listeners = new Set<ServerResponse>();
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #state: Shown['state'] = 'running';
  #begun = 0;
  #seconds = 0;
  #sent = 0;

  constructor(options: LivePlotOptions = {}) {
    super();
    checkOptions(options, ['port', 'keepOpen', 'print'], 'LivePlot');
    this.port = checkInteger(options.port ?? 0, 'port', { min: 0, max: 65_535 });
    this.keepOpen = checkBoolean(options.keepOpen ?? false, 'keepOpen');
    this.#print = checkFunction(options.print ?? console.log, 'print');
  }

  /** @internal */
  override get writes(): boolean {
    return true;
  }

  /** Where the page is; null while there is none. */
  get url(): string | null {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    return address ? `http://127.0.0.1:${address.port}/` : null;
  }

  override async onTrainBegin(): Promise<void> {
    await requireVega();
    this.#history.onTrainBegin();
    this.#state = 'running';
    this.#begun = performance.now();
    this.#seconds = 0;
    this.#sent = 0;
    if (this.#server !== null) return;
    const server = createServer((request, response) => void this.#answer(request, response));
    server.maxConnections = MOST_CONNECTIONS;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    // An unhandled error would end the process; the wait below tells of it.
    await once(server.listen(this.port, '127.0.0.1'), 'listening');
    this.#server = server;
    if (!this.keepOpen) server.unref();
    this.#print(`Live curves: ${this.url}`);
  }

  override async onEpochEnd(epoch: number, logs: CallbackLogs): Promise<void> {
    this.#history.onEpochEnd(epoch, logs);
    this.#seconds = (performance.now() - this.#begun) / 1000;
    if (performance.now() - this.#sent >= LEAST_MS) await this.#send();
  }

  override onTrainEnd(): Promise<void> {
    return this.#finish('finished');
  }

  override onAbort(): Promise<void> {
    return this.#finish('failed');
  }

  /** Takes the page away; browsers that show it keep what they show. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    // Browsers keep connections in store, and may stop reading: neither may hold up the end of a run.
    for (const socket of this.#sockets) socket.setTimeout(FLUSH_MS, () => socket.destroy());
    const listening = new Set([...this.#listeners].map((response) => response.end().socket));
    for (const socket of this.#sockets) if (!listening.has(socket)) socket.destroySoon();
    await closed;
  }

  async #finish(state: Shown['state']): Promise<void> {
    this.#state = state;
    await this.#send();
    if (!this.keepOpen) await this.close();
  }

  async #answer({ method, url, headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host } = new URL(this.url ?? 'http://127.0.0.1/');
    // Another site must not reach it under a name of its own.
    if (headers.host !== host && headers.host !== host.replace('127.0.0.1', 'localhost')) response.writeHead(403).end();
    else if (method !== 'GET') response.writeHead(405).end();
    else if (url === '/') response.writeHead(200, LIVE_HEADERS).end(LIVE_PAGE);
    else if (url === '/events') await this.#listen(response);
    else response.writeHead(404).end();
  }

  async #listen(response: ServerResponse): Promise<void> {
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
    const event = eventOf(await this.#shown());
    // The run may have ended while it was drawn.
    if (!response.writableEnded) response.write(event);
  }

  async #send(): Promise<void> {
    if (this.#listeners.size === 0) return;
    this.#sent = performance.now();
    const event = eventOf(await this.#shown());
    for (const response of this.#listeners) {
      if (response.writableLength > MOST_UNREAD) response.destroy();
      else response.write(event);
    }
  }

  async #shown(): Promise<Shown> {
    const { history, epoch } = this.#history;
    const last = (epoch.at(-1) ?? -1) + 1;
    const values = Object.entries(history).map(([name, list]) => [name, list.at(-1)] as const);
    const logs = Object.fromEntries(values.filter(([, value]) => typeof value === 'number'));
    const svg = epoch.length === 0 ? '' : await trainingCurves(this.#history);
    return {
      state: this.#state,
      epoch: last,
      epochs: this.params?.epochs ?? last,
      seconds: this.#seconds,
      logs,
      svg,
    };
  }
}

function eventOf(shown: Shown): string {
  return `data: ${JSON.stringify(shown)}\n\n`;
}
