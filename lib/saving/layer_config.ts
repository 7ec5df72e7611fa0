import type { Config } from '../identifiers';
import { isEntry } from './python';

/** An activation of a layer's config. */
export interface ActivationParts {
  /** Keras' name of the function. */
  readonly name: string;
  readonly config: Config;
}

/** Layers that stand for an activation. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  ...{ ReLU: 'relu', LeakyReLU: 'leaky_relu', ELU: 'elu', Softmax: 'softmax' },
};

export function activationOf(given: unknown): ActivationParts {
  if (given === null || given === undefined) return { name: 'linear', config: {} };
  const { class_name: name, config } = isEntry(given) ? given : { class_name: String(given), config: {} };
  return { name: Object.hasOwn(FUNCTIONS, name) ? (FUNCTIONS[name] as string) : name, config };
}

/** Axes of a batch, which may count from the end, as ascending indices into the shape of one sample of that rank. */
export function sampleIndices(axes: unknown, rank: number): readonly number[] {
  const given = [axes].flat().map(Number);
  return given.map((axis) => (axis < 0 ? axis + rank : axis - 1)).sort((a, b) => a - b);
}
