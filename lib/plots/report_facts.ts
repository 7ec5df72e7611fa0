import { arch, cpus, platform, release } from 'node:os';
import type { CallbackParams } from '../callbacks';
import { toCamelCase } from '../check';
import { info } from '../info';

/** What a report reads of an optimizer. */
export interface ReportedOptimizer {
  readonly learningRate: number;
  readonly isScheduled?: boolean;
  getConfig(): Readonly<Record<string, unknown>>;
}

export interface Facts {
  readonly params: CallbackParams | null;
  readonly epochs: number;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly optimizer: ReportedOptimizer | null;
  readonly layers: number;
  /** Numbers of the weights. */
  readonly weights: number;
}

const FLOAT_BYTES = 4;

/** What ran, where and for how long; without what is not known. */
export function factsOf(facts: Facts): (readonly [name: string, text: string])[] {
  const { startedAt, endedAt, optimizer } = facts;
  const { version, blas, core, simd, threads } = info();
  const processors = cpus();
  const all: readonly (readonly [string, string | null])[] = [
    ['Training', trainingText(facts)],
    ['Duration', startedAt && endedAt && durationText((endedAt.getTime() - startedAt.getTime()) / 1000)],
    ['Begun', startedAt && dateText(startedAt)],
    ['Ended', endedAt && dateText(endedAt)],
    ['Optimizer', optimizer && optimizerText(optimizer)],
    ['Learning rate', optimizer && rateText(optimizer)],
    [
      'Size',
      `${counted(facts.layers, 'layer')}, ${counted(facts.weights, 'weight')} (${bytesText(FLOAT_BYTES * facts.weights)})`,
    ],
    ['Versions', `Gemsbok ${version}, Node ${process.versions.node}, ${blas.split(' ').slice(0, 2).join(' ')}`],
    [
      'Environment',
      `${platform()} ${release()} on ${arch()}, ${processors[0]?.model.trim() || 'unknown processor'}, ${counted(processors.length, 'core')}`,
    ],
    ['Computed with', `${counted(threads, 'thread')}, ${simd}, BLAS kernels for ${core}`],
  ];
  return all.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));
}

export function trainingText({ params, epochs }: Pick<Facts, 'params' | 'epochs'>): string {
  const steps = typeof params?.steps === 'number' ? ` of ${counted(params.steps, 'step')}` : '';
  return `${counted(epochs, 'epoch')}${steps}`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours} h ` : ''}${minutes} min ${Math.round(seconds % 60)} s`;
}

function dateText(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function bytesText(bytes: number): string {
  const power = Math.min(3, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${['bytes', 'KB', 'MB', 'GB'][power]}`;
}

/** Its class and its options; of schedules and functions only the rate tells. */
function optimizerText(optimizer: ReportedOptimizer): string {
  const { name: _, learning_rate: __, ...options } = optimizer.isScheduled ? {} : optimizer.getConfig();
  const isTold = (value: unknown): boolean => typeof value === 'number' || typeof value === 'string' || value === true;
  const isUsed = (option: string): boolean => option !== 'ema_momentum' || options.use_ema === true;
  const told = Object.entries(options).filter(([option, value]) => isTold(value) && isUsed(option));
  const texts = told.map(([option, value]) => `${toCamelCase(option)} ${value}`);
  return [optimizer.constructor.name, ...texts].join(', ');
}

function rateText({ learningRate, isScheduled }: ReportedOptimizer): string {
  return `${Number(learningRate.toPrecision(6))}${isScheduled ? ' at the end of its schedule' : ''}`;
}
