import { GemsbokError } from '../errors';
import { type Panel, type PlotSpec, panels } from './panel';

/** A picture of a report, which may find that it cannot be drawn. */
export interface Draw {
  readonly what: string;
  readonly panels: () => readonly Panel[] | Promise<readonly Panel[]>;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

export function section(title: string, body: string): string {
  return body === '' ? '' : `<h2>${title}</h2>\n${body}`;
}

/** Panels that stand side by side where there is room; below them why any are left out. */
export async function row(draws: readonly Draw[], render: (spec: PlotSpec) => Promise<string>): Promise<string> {
  const pictures: string[] = [];
  const words: string[] = [];
  for (const draw of draws) {
    try {
      for (const panel of await draw.panels()) pictures.push(await render(panels([panel])));
    } catch (error) {
      // Other errors than those of the data, as a package that is missing, end the report.
      if (!isOfData(error)) throw error;
      words.push(leftOut(draw.what, error.message));
    }
  }
  return [pictures.length === 0 ? '' : `<div class="row">${pictures.join('\n')}</div>`, ...words].join('\n').trim();
}

function leftOut(what: string, why: string): string {
  return `<p class="left-out">${escaped(what)}: left out. ${escaped(why)}</p>`;
}

function isOfData(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return (
    error instanceof Error &&
    typeof code === 'string' &&
    code.startsWith('ERR_') &&
    !(code === 'ERR_UNSUPPORTED' && error instanceof GemsbokError)
  );
}

/** A table of names and texts. */
export function factsTable(facts: readonly (readonly [name: string, text: string])[]): string {
  const rows = facts.map(([name, text]) => `<tr><td>${escaped(name)}</td><td>${escaped(text)}</td></tr>`);
  return `<table class="facts">${rows.join('')}</table>`;
}
