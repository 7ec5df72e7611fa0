import { type CallbackLogs, foreignText, isLogValue, type LogValue } from './logs';
import { formatNumber } from './python_text';

export interface ProgressState {
  readonly step: number;
  /** null while it is unknown. */
  readonly steps: number | null;
  /** Seconds since the epoch began. */
  readonly seconds: number;
  readonly logs: CallbackLogs<LogValue>;
}

const WIDTH = 20;
const MOST_VALUES = 4;
const MOST_LETTERS = 40;
const CUT = '...';

/** `235/235 ━━━━━━━━━━━━━━━━━━━━ 0s 1ms/step - loss: 0.1235`, at the end of an epoch. */
export function finishedBar(state: ProgressState): string {
  return `${count(state)} ${'━'.repeat(WIDTH)} ${elapsed(state)} ${perStep(state)}${values(state.logs)}`;
}

/** What a line is drawn on. */
export interface LineSpace {
  /** Its letters, of which the last stays free: a line that wraps could not be drawn over. */
  readonly columns: number;
  readonly colours: boolean;
}

/** The line while an epoch runs: the time is the one still to go. Without colours a thin line shows what is to do. */
export function movingBar(state: ProgressState, { columns, colours }: LineSpace): string {
  const { step, steps, logs } = state;
  if (steps === null) return fitted(`${count(state)} ${elapsed(state)} ${perStep(state)}`, texts(logs), columns);
  const done = Math.min(WIDTH, Math.floor((WIDTH * step) / steps));
  const [before, after] = ['━'.repeat(done), '─'.repeat(WIDTH - done)];
  const head = `${count(state)} ${before}${after} ${remaining(state, steps)} ${perStep(state)}`;
  const line = fitted(head, texts(logs), columns);
  if (!colours) return line;
  return line.replace(before + after, `\x1b[32m${before}\x1b[0m\x1b[37m${after.replaceAll('─', '━')}\x1b[0m`);
}

/** As many of the texts as there is room for. */
function fitted(head: string, texts: readonly string[], columns: number): string {
  const whole = [head, ...texts].join('');
  if (whole.length < columns) return whole;
  const room = columns - 1 - ` ${CUT}`.length;
  if (head.length > room) return cut(whole, columns - 1);
  let line = head;
  for (const text of texts) {
    if (line.length + text.length > room) break;
    line += text;
  }
  return `${line} ${CUT}`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : (text.slice(0, Math.max(0, most - CUT.length)) + CUT).slice(0, most);
}

/** `235/235 - 0s - 1ms/step - loss: 0.1235` */
export function epochLine(state: ProgressState): string {
  return `${count(state)} - ${elapsed(state)} - ${perStep(state)}${values(state.logs)}`;
}

function count({ step, steps }: ProgressState): string {
  if (steps === null) return `${step}/Unknown`;
  return `${String(step).padStart(String(steps).length)}/${steps}`;
}

function elapsed({ seconds }: ProgressState): string {
  return `${formatNumber(seconds, '.0f')}s`;
}

function remaining(state: ProgressState, steps: number): string {
  const seconds = Math.floor(stepSeconds(state) * (steps - state.step));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (seconds > 3600) return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
  return seconds > 60 ? `${minutes}:${two(seconds % 60)}` : `${seconds}s`;
}

function stepSeconds({ seconds, step }: ProgressState): number {
  return step === 0 ? 0 : seconds / step;
}

function perStep(state: ProgressState): string {
  const seconds = stepSeconds(state);
  if (seconds >= 1 || seconds === 0) return `${formatNumber(seconds, '.0f')}s/step`;
  return seconds >= 1e-3
    ? `${formatNumber(seconds * 1e3, '.0f')}ms/step`
    : `${formatNumber(seconds * 1e6, '.0f')}us/step`;
}

function values(logs: CallbackLogs<LogValue>): string {
  return texts(logs).join('');
}

function texts(logs: CallbackLogs<LogValue>): string[] {
  return Object.entries(logs).map(([name, value]) => ` - ${name}: ${showValue(value)}`);
}

/** The values that a line has room for, and the size of a matrix. */
function showValue(value: LogValue): string {
  if (!isLogValue(value)) return cut(foreignText(value), MOST_LETTERS);
  if (typeof value === 'number') return showNumber(value);
  const [first] = value;
  if (Array.isArray(first)) return `[${value.length}x${first.length}]`;
  // Not by `slice`, which calls the array's `constructor`: that may be anything.
  const shown = Array.from({ length: Math.min(value.length, MOST_VALUES) }, (_, i) => showNumber(Number(value[i])));
  return `[${shown.join(' ')}${value.length > MOST_VALUES ? ` ${CUT}` : ''}]`;
}

function showNumber(value: number): string {
  return `${formatNumber(value, Math.abs(value) > 1e-3 ? '.4f' : '.4e')}`;
}
