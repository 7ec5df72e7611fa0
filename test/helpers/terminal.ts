/** A line as it was written, without the ends of rows at which it wraps. */
interface Line {
  letters: string[];
}

const ESCAPE = '\x1b';
const TOKEN = new RegExp(`${ESCAPE}\\[[\\d;]*[A-Za-z]|.`, 'gsu');

/**
 * A terminal of so many columns, as far as a bar needs one: letters, `\r`, `\n`, colours, and the clearing of the rest of
 * a row or of the screen. Narrower, it wraps lines that are there, and the cursor stays at its letter.
 */
export class Terminal {
  columns: number;
  readonly #lines: Line[] = [{ letters: [] }];
  /** The letter of the last line at which the cursor stands. */
  #at = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  /** What it shows, without spaces at the ends of rows and empty rows at the end. */
  get text(): string {
    const rows = this.#lines.flatMap(({ letters }) => {
      const count = Math.max(1, Math.ceil(letters.length / this.columns));
      return Array.from({ length: count }, (_, row) =>
        letters.slice(row * this.columns, (row + 1) * this.columns).join(''),
      );
    });
    return rows
      .map((row) => row.trimEnd())
      .join('\n')
      .trimEnd();
  }

  write(text: string): void {
    for (const [token] of text.matchAll(TOKEN)) this.#take(token);
  }

  #take(token: string): void {
    const line = this.#lines.at(-1) ?? { letters: [] };
    // The beginning of the row, not of the line.
    const row = this.#at - (this.#at % this.columns);
    if (token === '\r') this.#at = row;
    else if (token === '\n') {
      this.#lines.push({ letters: [] });
      this.#at = 0;
    } else if (token === `${ESCAPE}[J`) line.letters.length = Math.min(line.letters.length, this.#at);
    else if (token === `${ESCAPE}[K`) line.letters.splice(this.#at, row + this.columns - this.#at);
    else if (!token.startsWith(ESCAPE)) line.letters[this.#at++] = token;
    else if (!token.endsWith('m')) throw new Error(`The terminal does not know ${JSON.stringify(token)}.`);
  }
}
