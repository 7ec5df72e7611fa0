import { elementAt } from '../check';
import { invalidArgument, listed } from '../errors';
import { getValue } from '../records';

// Keras writes file names, logs and its bar as Python does: ties are rounded to even, exponents have two digits.

/** More digits than any tie between two decimals has. */
const EXACT = 60;
const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(0)?(\d+)?(?:\.(\d+))?([deEfFgG%])?$/u;
const FIELD = /\{\{|\}\}|\{([^{}:]*)(?::([^{}]*))?\}|[{}]/g;

interface FormatSpec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly width: number;
  readonly precision: number | null;
  readonly type: string;
}

/** As `'{epoch:02d}-{val_loss:.2f}'.format(**values)`. Errors: `ERR_INVALID_ARG` for other names and formats. */
export function formatTemplate(template: string, values: Readonly<Record<string, number>>, argument: string): string {
  return template.replace(FIELD, (field: string, name?: string, spec?: string) => {
    if (field === '{{' || field === '}}') return field.charAt(0);
    if (name === undefined) throw invalidArgument(argument, 'pairs of braces', template, 'Double what is not a field.');
    const value = getValue(values, name);
    // Not those of a metric whose result is a tensor.
    if (typeof value !== 'number') {
      const fix = `There are: ${listed(Object.keys(values))}.`;
      throw invalidArgument(argument, 'fields that the epoch has', `{${name}}`, fix);
    }
    const text = spec === undefined || spec === '' ? shownAs(name, value) : formatNumber(value, spec);
    if (text === null) throw invalidArgument(argument, 'formats such as {epoch:02d} or {loss:.2f}', field);
    return text;
  });
}

/** As `str(value)` of a float. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return special(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const exponent = Number(value.toExponential().split('e')[1]);
  if (exponent < -4 || exponent >= 16) return twoDigits(value.toExponential());
  const text = String(value);
  if (text.includes('e')) return value.toFixed(-exponent + significant(value) - 1);
  return text.includes('.') ? text : `${text}.0`;
}

/** As `format(value, spec)`; null for a format that does not exist. */
export function formatNumber(value: number, spec: string): string | null {
  const parsed = parseSpec(spec);
  if (parsed === null) return null;
  const { type, precision } = parsed;
  if (type === 'd' && !Number.isInteger(value)) return null;
  if ((type === 'd' || type === '') && precision !== null) return null;
  const negative = value < 0 || (Object.is(value, -0) && type !== 'd');
  const positive = parsed.sign === '-' ? '' : parsed.sign;
  return padded(negative ? '-' : positive, digitsOf(Math.abs(value), parsed), parsed);
}

function padded(sign: string, digits: string, { fill, align, width }: FormatSpec): string {
  const room = Math.max(0, width - sign.length - digits.length);
  const left = { '=': 0, '<': 0, '>': room, '^': Math.floor(room / 2) }[align] ?? 0;
  const between = align === '=' ? room : 0;
  const right = room - left - between;
  return fill.repeat(left) + sign + fill.repeat(between) + digits + fill.repeat(right);
}

function shownAs(name: string, value: number): string {
  return name === 'epoch' || name === 'batch' ? String(value) : floatText(value);
}

function parseSpec(spec: string): FormatSpec | null {
  const found = SPEC.exec(spec);
  if (found === null) return null;
  const [, fill, align, sign = '-', zero, width = '0', precision, type = ''] = found;
  return {
    fill: fill ?? (zero === undefined ? ' ' : '0'),
    align: align ?? (zero === undefined ? '>' : '='),
    sign,
    width: Number(width),
    precision: precision === undefined ? null : Number(precision),
    type,
  };
}

function digitsOf(value: number, { type, precision }: FormatSpec): string {
  if (!Number.isFinite(value)) {
    const text = type === type.toLowerCase() ? special(value) : special(value).toUpperCase();
    return type === '%' ? `${text}%` : text;
  }
  const places = Math.min(precision ?? 6, 100 - EXACT);
  switch (type) {
    case 'd':
      return String(value);
    case 'f':
    case 'F':
      return fixed(value, places);
    case 'e':
      return exponential(value, places);
    case 'E':
      return exponential(value, places).toUpperCase();
    case '%':
      return `${fixed(value * 100, places)}%`;
    case '':
      return floatText(value);
    default:
      return type === 'g' ? general(value, places) : general(value, places).toUpperCase();
  }
}

function fixed(value: number, places: number): string {
  if (value >= 1e21) return BigInt(value).toString() + (places === 0 ? '' : `.${'0'.repeat(places)}`);
  const exact = value.toFixed(places + EXACT);
  return halfEven(value.toFixed(places), exact, exact.indexOf('.') + 1 + places);
}

function exponential(value: number, places: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential(places).split('e');
  const [exact = '', exactExponent = ''] = value.toExponential(places + EXACT).split('e');
  const rounded = halfEven(mantissa, exact, exact.indexOf('.') + 1 + places);
  return twoDigits(`${rounded}e${rounded === mantissa ? exponent : exactExponent}`);
}

/** JavaScript rounds a tie up; `cut` is where the digits of `exact` end that are to stay. */
function halfEven(rounded: string, exact: string, cut: number): string {
  if (!/^50*$/.test(exact.slice(cut))) return rounded;
  const down = exact.slice(0, cut).replace(/\.$/, '');
  return /[02468]$/.test(down) ? down : rounded;
}

function general(value: number, places: number): string {
  const precision = Math.max(1, places);
  const [mantissa = '', power = ''] = exponential(value, precision - 1).split('e');
  const exponent = Number(power);
  const plain = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (exponent < -4 || exponent >= precision) return `${plain(mantissa)}e${power}`;
  return plain(fixed(value, precision - 1 - exponent));
}

function significant(value: number): number {
  return elementAt(value.toExponential().split('e'), 0).replace(/[-.]/g, '').length;
}

function twoDigits(text: string): string {
  return text.replace(/e([+-])(\d)$/i, (_, sign: string, digit: string) => `e${sign}0${digit}`);
}

function special(value: number): string {
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}
