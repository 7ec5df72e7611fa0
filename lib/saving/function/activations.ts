import type { Config } from '../../identifiers';
import { activationOf } from '../layer_config';

/** Formulas of one number `x` in JavaScript, by Keras' names, with the defaults of their options. */
const FORMULAS: Readonly<Record<string, (option: (name: string, otherwise: number) => string) => string>> = {
  linear: () => 'x',
  relu6: () => 'Math.min(Math.max(x, 0), 6)',
  leaky_relu: (option) => `x < 0 ? ${option('negative_slope', 0.2)} * x : x`,
  elu: (option) => `x < 0 ? ${option('alpha', 1)} * Math.expm1(x) : x`,
  celu: (option) => `x < 0 ? ${option('alpha', 1)} * Math.expm1(x / ${option('alpha', 1)}) : x`,
  selu: () => '1.0507009873554805 * (x < 0 ? 1.6732632423543772 * Math.expm1(x) : x)',
  sigmoid: () => 'sigmoid(x)',
  tanh: () => 'Math.tanh(x)',
  softplus: () => 'softplus(x)',
  softsign: () => 'x / (1 + Math.abs(x))',
  exponential: () => 'Math.exp(x)',
  hard_sigmoid: () => 'Math.min(Math.max(x / 6 + 0.5, 0), 1)',
  hard_silu: () => 'x * Math.min(Math.max(x / 6 + 0.5, 0), 1)',
  hard_tanh: () => 'Math.min(Math.max(x, -1), 1)',
  silu: () => 'x * sigmoid(x)',
  mish: () => 'x * Math.tanh(softplus(x))',
  log_sigmoid: () => '-softplus(-x)',
  tanh_shrink: () => 'x - Math.tanh(x)',
  hard_shrink: (option) => `Math.abs(x) > ${option('threshold', 0.5)} ? x : 0`,
  soft_shrink: (option) => `Math.sign(x) * Math.max(Math.abs(x) - ${option('threshold', 0.5)}, 0)`,
  squareplus: (option) => `(x + Math.sqrt(x * x + ${option('b', 4)})) / 2`,
};

const TANH = 'x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) / 2';
const ROWS = ['softmax', 'log_softmax'];

/** The formula of an activation of single numbers; null where there is none. */
export function formulaOf(given: unknown): string | null {
  const { name, config } = activationOf(given);
  const option = (key: string, otherwise: number): string => `(${Number(config[key] ?? otherwise)})`;
  if (name === 'gelu') return config.approximate === true ? TANH : 'x * (1 + erf(x * Math.SQRT1_2)) / 2';
  if (name === 'relu') return reluOf(config);
  return Object.hasOwn(FORMULAS, name) ? (FORMULAS[name]?.(option) ?? null) : null;
}

/** The name of an activation of rows along the last axis; null for others. */
export function rowActivation(given: unknown): string | null {
  const { name, config } = activationOf(given);
  return ROWS.includes(name) && (config.axis ?? -1) === -1 ? name : null;
}

/** Above a threshold what it is, up to a maximum, below by a factor. */
export function reluOf({ negative_slope: below, max_value: most, threshold }: Config): string {
  const [factor, least] = [Number(below ?? 0), Number(threshold ?? 0)];
  const above = most === null || most === undefined ? 'x' : `Math.min(x, ${Number(most)})`;
  return `x < ${least} ? ${factor === 0 ? '0' : `${factor} * (x - ${least})`} : ${above}`;
}
