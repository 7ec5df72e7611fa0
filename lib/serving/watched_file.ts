import { stat } from 'node:fs/promises';

const TICK_MS = 250;

/** Calls `change` once a file is another one than it was; not while it is still being written. */
export class WatchedFile {
  readonly #path: string;
  readonly #change: () => Promise<void>;
  readonly #missing: (error: unknown) => void;
  #known: string | null = null;
  #seen: string | null = null;
  /** Why it cannot be looked at; told once, not each time. */
  #trouble: string | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(path: string, change: () => Promise<void>, missing: (error: unknown) => void) {
    this.#path = path;
    this.#change = change;
    this.#missing = missing;
  }

  /** Notes which file is there, before it is read. */
  async note(): Promise<void> {
    this.#known = await this.#mark().catch(() => null);
  }

  start(): void {
    if (this.#isClosed) return;
    // By looking, as events of the system are lost on mounted volumes and when a link is replaced.
    this.#timer = setTimeout(() => void this.#look().finally(() => this.start()), TICK_MS).unref();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const mark = await this.#mark();
      if (mark !== this.#known && mark === this.#seen) {
        this.#known = mark;
        await this.#change();
      }
      this.#seen = mark;
      this.#trouble = null;
    } catch (error) {
      this.#known = null;
      const { message } = error as Error;
      if (message !== this.#trouble) this.#missing(error);
      this.#trouble = message;
    }
  }

  async #mark(): Promise<string> {
    const { mtimeMs, size, ino } = await stat(this.#path);
    return [mtimeMs, size, ino].join();
  }
}
