import { type CallbackLogs, foreignText, isLogValue, type LogValue } from './callback';
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

/** `235/235 ━━━━━━━━━━━━━━━━━━━━ 0s 1ms/step - loss: 0.1235`, at the end of an epoch. */
export function finishedBar(state: ProgressState): string {
  return `${count(state)} ${'━'.repeat(WIDTH)} ${elapsed(state)} ${perStep(state)}${values(state.logs)}`;
}

/** The line while an epoch runs: the time is the one still to go. Without colours a thin line shows what is to do. */
export function movingBar(state: ProgressState, colours: boolean): string {
  if (state.steps === null) return `${count(state)} ${elapsed(state)} ${perStep(state)}${values(state.logs)}`;
  const done = Math.floor((WIDTH * state.step) / state.steps);
  const bar = colours
    ? `\x1b[32m${'━'.repeat(done)}\x1b[0m\x1b[37m${'━'.repeat(WIDTH - done)}\x1b[0m`
    : '━'.repeat(done) + '─'.repeat(WIDTH - done);
  return `${count(state)} ${bar} ${remaining(state, state.steps)} ${perStep(state)}${values(state.logs)}`;
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
  return Object.entries(logs)
    .map(([name, value]) => ` - ${name}: ${showValue(value)}`)
    .join('');
}

/** The values that a line has room for, and the size of a matrix. */
function showValue(value: LogValue): string {
  if (!isLogValue(value)) return foreignText(value).slice(0, MOST_LETTERS);
  if (typeof value === 'number') return showNumber(value);
  const [first] = value;
  if (Array.isArray(first)) return `[${value.length}x${first.length}]`;
  const shown = value.slice(0, MOST_VALUES).map((each) => showNumber(Number(each)));
  return `[${shown.join(' ')}${value.length > MOST_VALUES ? ' ...' : ''}]`;
}

function showNumber(value: number): string {
  return `${formatNumber(value, Math.abs(value) > 1e-3 ? '.4f' : '.4e')}`;
}
