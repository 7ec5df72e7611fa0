import type { Check } from './outputs';

/** Warns of likely mistakes: of each kind at most once. */
export class Advice {
  readonly #isWanted: boolean;
  readonly #told = new Set<string>();
  readonly #done = new Set<unknown>();
  /** Whether what a run finds is kept for the next one. */
  isMuted = false;

  constructor(isWanted: boolean) {
    this.#isWanted = isWanted;
  }

  /** As `give`, the first time that a run which wants it asks for these checks. */
  giveOnce<Facts>(checks: readonly Check<Facts>[], gather: () => Facts | null): void {
    if (this.isMuted || this.#done.has(checks)) return;
    this.#done.add(checks);
    this.give(checks, gather);
  }

  /** The facts are gathered where somebody wants to know. */
  give<Facts>(checks: readonly Check<Facts>[], gather: () => Facts | null): void {
    if (!this.#isWanted) return;
    const facts = gather();
    if (facts === null) return;
    for (const { code, find } of checks) {
      if (this.#told.has(code)) continue;
      const messages = find(facts).filter((message) => message !== null);
      if (messages.length > 0) this.#told.add(code);
      for (const message of messages) process.emitWarning(message, { code });
    }
  }
}
