/** Where a bar is drawn: `process.stdout`, or anything that can be written to. */
export interface ProgressStream {
  /** Whether it is a terminal: only there lines are drawn again. */
  readonly isTTY?: boolean;
  /** How wide it is. */
  readonly columns?: number;
  /** Whether it shows colours. */
  hasColors?(): boolean;
  /** Writes, and calls back when that is done. */
  write(text: string, done?: (error?: Error | null) => void): unknown;
}

const CLEAR_BELOW = '\x1b[J';

const lines = new WeakMap<ProgressStream, LiveLine>();

/** The line of a stream; all that draw there share it. */
export function liveLineOf(stream: ProgressStream): LiveLine {
  const line = lines.get(stream) ?? new LiveLine(stream);
  lines.set(stream, line);
  return line;
}

/**
 * The last line of a terminal, which is drawn over until it is finished. What the program writes meanwhile takes its place,
 * and begins and ends on lines of its own.
 *
 * Between two drawings the cursor stands at its beginning: a terminal that becomes narrower wraps the line to rows below
 * the cursor, where the next drawing clears them.
 */
class LiveLine {
  readonly #stream: ProgressStream;
  readonly #watched: readonly WatchedStream[];
  readonly #leave = (): void => this.leave();
  #isDrawn = false;
  /** Whether what others wrote last ended amid a line. */
  #isBroken = false;
  #isWriting = false;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
    const { stdout, stderr } = process;
    const screen: readonly ProgressStream[] = stream === stdout || stream === stderr ? [stdout, stderr] : [stream];
    const watch = (own: ProgressStream) => new WatchedStream(own, (text) => this.#makeRoom(text));
    this.#watched = screen.filter((own) => own.isTTY).map(watch);
  }

  /** From here on it knows where what others write ends. */
  begin(): void {
    for (const watched of this.#watched) watched.begin();
  }

  draw(text: string): void {
    this.begin();
    if (!this.#isDrawn) process.on('exit', this.#leave);
    this.#write(`${this.#start}${text}${CLEAR_BELOW}\r`);
    this.#isDrawn = true;
  }

  /** Draws for the last time: what follows begins below. */
  finish(text: string): void {
    this.#write(`${this.#start}${text}${CLEAR_BELOW}\n`);
    this.#end();
  }

  /** Leaves what is drawn as it stands. */
  leave(): void {
    if (this.#isDrawn) this.#write('\n');
    this.#end();
  }

  get #start(): string {
    return this.#isBroken ? '\n' : '\r';
  }

  #end(): void {
    process.off('exit', this.#leave);
    this.#isDrawn = false;
    this.#isBroken = false;
    for (const watched of this.#watched) watched.end();
  }

  #makeRoom(text: string | Uint8Array): void {
    if (this.#isWriting) return;
    if (this.#isDrawn) this.#write(CLEAR_BELOW);
    process.off('exit', this.#leave);
    this.#isDrawn = false;
    const last = text.at(-1);
    if (last !== undefined) this.#isBroken = last !== '\n' && last !== NEWLINE;
  }

  #write(text: string): void {
    this.#isWriting = true;
    try {
      writeTo(this.#stream, text);
    } finally {
      this.#isWriting = false;
    }
    this.#isBroken = false;
  }
}

const NEWLINE = 10;

/** A stream whose `write` tells what is about to be written. */
class WatchedStream {
  readonly #stream: ProgressStream;
  readonly #tell: (text: string | Uint8Array) => void;
  #isWatched = false;
  #remove: (() => boolean) | null = null;

  constructor(stream: ProgressStream, tell: (text: string | Uint8Array) => void) {
    this.#stream = stream;
    this.#tell = tell;
  }

  begin(): void {
    this.#isWatched = true;
    this.#remove ??= this.#replace();
  }

  end(): void {
    this.#isWatched = false;
    if (this.#remove?.()) this.#remove = null;
  }

  /** Returns what takes the replacement away again, unless somebody else has replaced `write` since. */
  #replace(): () => boolean {
    const stream = this.#stream;
    const { write } = stream;
    const isOwn = Object.hasOwn(stream, 'write');
    const told = (...args: Parameters<ProgressStream['write']>): unknown => {
      if (this.#isWatched) this.#tell(args[0]);
      return write.apply(stream, args);
    };
    stream.write = told;
    return () => {
      if (stream.write !== told) return false;
      if (isOwn) stream.write = write;
      else Reflect.deleteProperty(stream, 'write');
      return true;
    };
  }
}

/** As the console does: a reader that leaves, as `head` does, ends no training. */
export function writeTo(stream: ProgressStream, text: string): void {
  const emitter = stream as Partial<NodeJS.EventEmitter>;
  const ignore = (): void => {};
  emitter.once?.('error', ignore);
  stream.write(text, (error) => {
    if (error) emitter.once?.('error', ignore);
  });
  emitter.off?.('error', ignore);
}
