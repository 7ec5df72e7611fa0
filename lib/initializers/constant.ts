import { checkNumber, checkOptions } from '../check';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import { Initializer } from './initializer';

/**
 * One value everywhere.
 *
 * Defaults: value 0. Errors: `ERR_INVALID_ARG` for a value that is no number. Source: `keras.initializers.Constant`.
 *
 * @example
 * ```ts
 * new Constant({ value: 6 }).initialize([2]).toArray(); // [6, 6]
 * ```
 */
export class Constant extends Initializer {
  readonly value: number;

  constructor(options: { readonly value?: number | undefined } = {}) {
    super();
    checkOptions(options, ['value'], 'Constant');
    this.value = checkNumber(options.value ?? 0, 'value');
  }

  override getConfig(): Config {
    return { value: this.value };
  }

  protected override spec(): Spec {
    return { name: 'constant', parameters: { value: this.value } };
  }
}

/**
 * Zeros. Source: `keras.initializers.Zeros`.
 *
 * @example
 * ```ts
 * new Zeros().initialize([2]).toArray(); // [0, 0]
 * ```
 */
export class Zeros extends Initializer {
  constructor(options: object = {}) {
    super();
    checkOptions(options, [], 'Zeros');
  }

  protected override spec(): Spec {
    return { name: 'constant', parameters: { value: 0 } };
  }
}

/**
 * Ones. Source: `keras.initializers.Ones`.
 *
 * @example
 * ```ts
 * new Ones().initialize([2]).toArray(); // [1, 1]
 * ```
 */
export class Ones extends Initializer {
  constructor(options: object = {}) {
    super();
    checkOptions(options, [], 'Ones');
  }

  protected override spec(): Spec {
    return { name: 'constant', parameters: { value: 1 } };
  }
}
