import type { Form, Forms, Step, Tensor } from './values';

// More has no formula that is known here.
const MOST_TERMS = 8;
const MOST_CHARACTERS = 400;
const MOST_BASES = 16;

const X: Form = new Map([['x', 1]]);
const constant = (value: number): Form => new Map(value === 0 ? [] : [['', value]]);

/** As many digits as tell one formula from another, whose constants were rounded in any order; all of a constant's own. */
function textOf(form: Form): string {
  const terms = [...form].sort(([a], [b]) => (a < b ? -1 : 1));
  return terms
    .map(([key, value]) => (key === '' ? value.toPrecision(7) : `${value.toPrecision(4)} ${key}`))
    .join(' + ');
}

function plus(a: Form, b: Form): Form {
  const sum = new Map(a);
  for (const [key, value] of b) {
    const total = (sum.get(key) ?? 0) + value;
    if (total === 0) sum.delete(key);
    else sum.set(key, total);
  }
  return sum;
}

function times(a: Form, b: Form): Form {
  let product: Form = new Map();
  for (const [left, one] of a) {
    for (const [right, other] of b) {
      const parts = [...left.split(' · '), ...right.split(' · ')].filter((part) => part !== '');
      product = plus(product, new Map([[parts.sort().join(' · '), one * other]]));
    }
  }
  return product;
}

const minus = (a: Form, b: Form): Form => plus(a, times(constant(-1), b));
const part = (name: string, ...of: readonly Form[]): Form => new Map([[`${name}(${of.map(textOf).join('; ')})`, 1]]);
const over = (a: Form, b: Form): Form => {
  const divisor = b.size === 1 ? b.get('') : undefined;
  return times(a, divisor === undefined ? part('Reciprocal', b) : constant(1 / divisor));
};

const BINARY: Readonly<Record<string, (a: Form, b: Form) => Form>> = { Add: plus, Sub: minus, Mul: times, Div: over };

function isSmall(form: Form): boolean {
  return form.size <= MOST_TERMS && [...form.keys()].every((key) => key.length <= MOST_CHARACTERS);
}

function bounded(forms: Iterable<readonly [Tensor, Form]>): Forms {
  return new Map([...forms].filter(([, form]) => isSmall(form)).slice(-MOST_BASES));
}

const allForms = (tensor: Tensor): Forms => new Map([...tensor.forms, [tensor, X]]);

/** The forms of a function of tensors, which a name with its constants tells. */
export function formsOfCall(name: string, ...tensors: readonly Tensor[]): Forms {
  const [first, ...others] = tensors.map(allForms);
  return bounded(
    [...(first ?? [])].flatMap(([base, form]) => {
      const more = others.map((forms) => forms.get(base));
      return more.includes(undefined) ? [] : [[base, part(name, form, ...(more as Form[]))] as const];
    }),
  );
}

export function formsOfPower(tensor: Tensor, exponent: number): Forms {
  const powers = new Map<number, (form: Form) => Form>([
    [0.5, (form) => part('Sqrt', form)],
    [2, (form) => times(form, form)],
    [3, (form) => times(form, times(form, form))],
  ]);
  const power = powers.get(exponent);
  return power === undefined ? new Map() : bounded([...allForms(tensor)].map(([base, form]) => [base, power(form)]));
}

/** What a cut is called in formulas. */
export function clipName(min: number | undefined, max: number | undefined): string {
  return `Clip ${min ?? 'none'} ${max ?? 'none'}`;
}

/** Those of Add, Sub, Mul or Div of tensors and numbers. */
export function formsOfPair(operator: string, a: Tensor | number, b: Tensor | number): Forms {
  const combine = BINARY[operator];
  const [left, right] = [a, b].map((one) => (typeof one === 'number' ? one : allForms(one)));
  if (combine === undefined || left === undefined || right === undefined) return new Map();
  const bases = [...(typeof left === 'number' ? (right as Forms) : left).keys()];
  const formOf = (side: number | Forms, base: Tensor) => (typeof side === 'number' ? constant(side) : side.get(base));
  return bounded(
    bases.flatMap((base) => {
      const [one, other] = [formOf(left, base), formOf(right, base)];
      return one === undefined || other === undefined ? [] : [[base, combine(one, other)] as const];
    }),
  );
}

const half = (form: Form): Form => times(constant(0.5), form);
const half1 = (form: Form): Form => half(times(X, plus(constant(1), form)));
const cubic = times(constant(Math.sqrt(2 / Math.PI)), plus(X, times(constant(0.044715), times(X, times(X, X)))));
const logistic = over(constant(1), plus(constant(1), part('Exp', times(constant(-1), X))));
const softplus = part('Log', plus(constant(1), part('Exp', X)));
const clipped = over(part(clipName(0, 6), plus(X, constant(3))), constant(6));
const hard = part(`HardSigmoid ${(1 / 6).toPrecision(4)} 0.5000`, X);

/** Activations by the formulas that exporters write in parts. */
const KNOWN: ReadonlyMap<string, unknown> = new Map(
  (
    [
      ['gelu', half1(part('Erf', times(constant(Math.SQRT1_2), X)))],
      [{ class_name: 'gelu', config: { approximate: true } }, half1(part('Tanh', cubic))],
      ['silu', times(X, part('Sigmoid', X))],
      ['silu', times(X, logistic)],
      ['sigmoid', logistic],
      ['softplus', softplus],
      ['softplus', part('Where', part('Greater 20', X), X, part('Softplus', X))],
      ['mish', times(X, part('Tanh', part('Softplus', X)))],
      ['mish', times(X, part('Tanh', softplus))],
      ['hard_sigmoid', clipped],
      ['hard_silu', times(X, clipped)],
      ['hard_silu', times(X, hard)],
      ['sparse_sigmoid', part(clipName(0, 1), half(plus(X, constant(1))))],
      ['log_sigmoid', times(constant(-1), part('Softplus', times(constant(-1), X)))],
      ['tanh_shrink', minus(X, part('Tanh', X))],
      ['softsign', over(X, plus(constant(1), part('Abs', X)))],
    ] as const
  ).map(([activation, form]) => [textOf(form), activation]),
);

function layerNormalization(epsilon: number): Form {
  const centered = minus(X, part('Mean', X));
  return over(centered, part('Sqrt', plus(part('Mean', times(centered, centered)), constant(epsilon))));
}

/** The layer that computes a tensor from an earlier one, where the operators between them are its formula. */
export function recognised({ forms }: Tensor): { readonly from: Tensor; readonly step: Step } | null {
  for (const [from, form] of forms) {
    const text = textOf(form);
    const activation = KNOWN.get(text);
    if (activation !== undefined) return { from, step: { className: 'Activation', config: { activation } } };
    const most = Number(/^1\.000 Clip none (\S+)\(/.exec(text)?.[1]);
    if (most > 0 && textOf(part(clipName(undefined, most), part('Relu', X))) === text) {
      return { from, step: { className: 'ReLU', config: { max_value: most } } };
    }
    const epsilon = Number(/Sqrt\((\S+) \+ /.exec(text)?.[1]);
    if (epsilon > 0 && textOf(layerNormalization(epsilon)) === text) {
      const config = { axis: -1, epsilon, center: false, scale: false };
      return { from, step: { className: 'LayerNormalization', config } };
    }
  }
  return null;
}
