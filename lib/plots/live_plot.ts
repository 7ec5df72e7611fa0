import { Callback, type CallbackLogs, History } from '../callbacks';
import { showProgress } from '../callbacks/callback';
import { isLogValue, type LogValue } from '../callbacks/logs';
import { checkBoolean, checkFunction, checkInteger, checkOptions, checkPath, checkString } from '../check';
import { invalidArgument } from '../errors';
import { type LiveRun, type LiveSeries, otherRuns, saveRun, seriesOf } from './live_runs';
import { LiveServer } from './live_server';
import { factsOf, type ReportedOptimizer } from './report_facts';
import { type WithLayers, weightsIn } from './weight_histograms';

export interface LivePlotOptions {
  /** The port; 0 picks a free one. Default: 0 */
  readonly port?: number | undefined;
  /** Where to listen. Other machines reach any but 127.0.0.1, and need the token of the address. Default: '127.0.0.1' */
  readonly host?: string | undefined;
  /** Whether the page stays after the run, until `close()`, and keeps the process alive. Default: false */
  readonly keepOpen?: boolean | undefined;
  /** A folder of runs: the page lays those that are there below this one, which is saved there as it ends. Default: none */
  readonly folder?: string | undefined;
  /** What this run is called, on the page and in the folder. Default: the time of its start */
  readonly name?: string | undefined;
  /** Gets the line that says where the page is. Default: `console.log` */
  readonly print?: ((line: string) => void) | undefined;
}

/** What the page shows. */
interface Shown {
  readonly state: 'running' | 'finished' | 'failed';
  readonly epoch: number;
  readonly epochs: number;
  /** Where the epoch that runs stands; null where none does. */
  readonly step: number | null;
  readonly steps: number | null;
  readonly seconds: number;
  readonly run: LiveRun;
  /** The last values of the logs, those of the epoch that runs included. */
  readonly values: Readonly<Record<string, LogValue>>;
}

/** Steps of an epoch of unknown length after which it is drawn half way. */
const MANY_STEPS = 100;
/** Between two events. */
const LEAST_MS = 300;

/**
 * Shows the curves of a run while it runs: a page that moves with every epoch, and within epochs.
 *
 * The page has the last values on top, curves that can be smoothed and tell their values where the pointer is, the runs of a
 * `folder` below this one, and a table of what each ran with. It serves 16 pages at once, by default to this machine
 * alone; with another `host` the address that it prints holds a token, without which nothing is served. The traffic is not
 * encrypted. The page needs nothing from elsewhere, and may do nothing else; the server closes as the run ends, however it
 * ends, unless `keepOpen` is set, and what is shown stays in the browser. Defaults: a free port of 127.0.0.1, closes with
 * the run, prints its address. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for options; the system's `EADDRINUSE` and those
 * of the folder come out of `fit`.
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
  readonly host: string;
  readonly keepOpen: boolean;
  readonly folder: string | null;
  readonly name: string | null;
  readonly #print: (line: string) => void;
  readonly #history = new History();
  #server: LiveServer | null = null;
  #state: Shown['state'] = 'running';
  #progress: { readonly step: number; readonly logs: CallbackLogs } | null = null;
  #begun = 0;
  #seconds = 0;
  #sent = 0;

  constructor(options: LivePlotOptions = {}) {
    super();
    checkOptions(options, ['port', 'host', 'keepOpen', 'folder', 'name', 'print'], 'LivePlot');
    this.port = checkInteger(options.port ?? 0, 'port', { min: 0, max: 65_535 });
    this.host = checkString(options.host ?? '127.0.0.1', 'host');
    this.keepOpen = checkBoolean(options.keepOpen ?? false, 'keepOpen');
    this.folder = options.folder === undefined ? null : checkPath(options.folder, 'folder');
    this.name = options.name === undefined ? null : checkRunName(options.name);
    this.#print = checkFunction(options.print ?? console.log, 'print');
  }

  /** @internal */
  override get writes(): boolean {
    return true;
  }

  /** Where the page is; null while there is none. */
  get url(): string | null {
    return this.#server?.url ?? null;
  }

  override async onTrainBegin(): Promise<void> {
    this.#history.onTrainBegin();
    this.#state = 'running';
    this.#begun = performance.now();
    this.#seconds = 0;
    this.#sent = 0;
    this.#progress = null;
    if (this.#server !== null) return;
    this.#server = await LiveServer.listen(this.host, this.port, () => this.#first());
    if (!this.keepOpen) this.#server.unref();
    this.#print(`Live curves: ${this.url}`);
  }

  override onEpochEnd(epoch: number, logs: CallbackLogs): void {
    this.#history.onEpochEnd(epoch, logs);
    this.#progress = null;
    this.#send();
  }

  /** @internal */
  [showProgress](step: number, logs: CallbackLogs): void {
    if (step === 0) return;
    this.#progress = { step, logs };
    this.#send();
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
    this.#server = null;
    await server?.close();
  }

  async #finish(state: Shown['state']): Promise<void> {
    this.#state = state;
    this.#progress = null;
    this.#sent = 0;
    this.#history.onTrainEnd();
    this.#send();
    const isBegun = this.#history.epoch.length > 0;
    try {
      if (this.folder !== null && isBegun) await saveRun(this.folder, this.#run());
    } finally {
      if (!this.keepOpen) await this.close();
    }
  }

  async #first(): Promise<string> {
    const runs = this.folder === null ? { runs: [], known: 0 } : await otherRuns(this.folder, this.#runName);
    return eventOf('runs', runs) + eventOf('message', this.#shown());
  }

  #send(): void {
    if (!this.#server?.isWatched || performance.now() - this.#sent < LEAST_MS) return;
    this.#sent = performance.now();
    this.#server.send(eventOf('message', this.#shown()));
  }

  #shown(): Shown {
    const { epoch, history } = this.#history;
    if (this.#state === 'running') this.#seconds = (performance.now() - this.#begun) / 1000;
    const last = Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values.at(-1)]));
    const values = Object.entries({ ...last, ...this.#progress?.logs }).filter(([, value]) => isLogValue(value));
    return {
      state: this.#state,
      epoch: (epoch.at(-1) ?? -1) + 1,
      epochs: this.params?.epochs ?? 0,
      step: this.#progress?.step ?? null,
      steps: this.params?.steps ?? null,
      seconds: this.#seconds,
      run: this.#run(),
      values: Object.fromEntries(values) as Record<string, LogValue>,
    };
  }

  get #runName(): string {
    return this.name ?? (this.#history.startedAt ?? new Date()).toISOString().slice(0, 19).replaceAll(':', '-');
  }

  #run(): LiveRun {
    const { history, epoch, startedAt, endedAt } = this.#history;
    const { optimizer = null, layers = [] } = (this.model ?? {}) as Partial<WithLayers> & {
      optimizer?: ReportedOptimizer | null;
    };
    const facts = factsOf({
      params: this.params,
      epochs: this.params?.epochs ?? 0,
      startedAt,
      endedAt,
      optimizer,
      layers: layers.length,
      weights: weightsIn({ layers }),
    });
    return { name: this.#runName, series: this.#withProgress(seriesOf(history, epoch)), facts };
  }

  /** The lines with the values of the epoch that runs, where it stands. */
  #withProgress(series: readonly LiveSeries[]): LiveSeries[] {
    const { step = 0, logs = {} } = this.#progress ?? {};
    if (step === 0) return [...series];
    // A pass of unknown length comes nearer to its end with each step.
    const at = (this.#history.epoch.at(-1) ?? -1) + 1 + step / (this.params?.steps ?? step + MANY_STEPS);
    const begun = Object.keys(logs).map((chart): LiveSeries => ({ chart, kind: 'training', part: 0, x: [], y: [] }));
    const lines = series.length > 0 ? series : begun;
    return lines.map((line) => {
      const value = line.kind === 'training' && line.part === 0 ? logs[line.chart] : undefined;
      return typeof value === 'number' ? { ...line, x: [...line.x, at], y: [...line.y, value] } : line;
    });
  }
}

function checkRunName(name: unknown): string {
  const text = checkString(name, 'name');
  if (/^[\w][\w .-]*$/.test(text)) return text;
  throw invalidArgument('name', 'letters, digits, `_`, `-`, `.` and spaces, as names of files have them,', name);
}

function eventOf(name: string, value: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
}
