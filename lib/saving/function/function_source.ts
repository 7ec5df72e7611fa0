import { InWords, unsupported } from '../../errors';
import { shortestFloat } from '../../identifiers';
import { sizeOf } from '../../tensor';
import { walkLayers } from '../layer_walk';
import type { ModelState } from '../model_state';
import { emitFunction, type Flat } from './layers';
import { LIBRARY } from './library';

/** A module of text is no place for more numbers. */
const MOST_NUMBERS = 1_000_000;

/** The source of a module that computes a model. Errors: `ERR_UNSUPPORTED`. */
export function functionSource(model: ModelState): string {
  const lines: string[] = [];
  const arrays: string[] = [];
  const names = new Map<unknown, string>();
  let numbers = 0;
  const array = (data: ArrayLike<number>): string => {
    const known = names.get(data);
    if (known !== undefined) return known;
    numbers += data.length;
    if (numbers > MOST_NUMBERS)
      throw unsupported('model', `at most ${MOST_NUMBERS} weights for a function`, new InWords('more'));
    const name = `w${arrays.length}`;
    arrays.push(`const ${name} = ${textOf(data)};`);
    names.set(data, name);
    return name;
  };
  const inputs: Flat[] = [];
  const { outputs } = walkLayers<Flat>(model, {
    format: 'function',
    input(_, shape) {
      const input = { name: `input${inputs.length}`, shape };
      inputs.push(input);
      return input;
    },
    layer(use) {
      const { code, shape } = emitFunction({ ...use, array });
      const name = `x${lines.length}`;
      lines.push(`const ${name} = ${code};`);
      return { name, shape };
    },
  });
  return moduleOf(model.name, { inputs, outputs, lines, arrays });
}

/** Numbers that are float32 in few digits. */
function textOf(data: ArrayLike<number>): string {
  const type = data instanceof Float32Array ? 'Float32Array' : 'Float64Array';
  const values = Array.from(data, (value) => (Object.is(value, -0) ? '-0' : String(shortestFloat(value))));
  return `new ${type}([${values.join(',')}])`;
}

interface Parts {
  readonly inputs: readonly Flat[];
  readonly outputs: readonly Flat[];
  readonly lines: readonly string[];
  readonly arrays: readonly string[];
}

function moduleOf(name: string, { inputs, outputs, lines, arrays }: Parts): string {
  const shown = (values: readonly Flat[]): string => values.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ');
  const argument = inputs.length === 1 ? 'value' : 'values';
  const parts = inputs.map((input, i) => {
    const given = inputs.length === 1 ? argument : `${argument}[${i}]`;
    return `const ${input.name} = sample(${given}, ${sizeOf(input.shape)});`;
  });
  const ends = outputs.map((output) => output.name);
  const result = ends.length === 1 ? ends[0] : `[${ends.join(', ')}]`;
  const body = [...parts, ...lines, `return ${result};`].map((line) => `  ${line}`).join('\n');
  const title = JSON.stringify(name).replaceAll('*/', '* /');
  const head = `/** ${title}: a sample of ${shown(inputs)} in, ${shown(outputs)} out, flat. */`;
  const code = [...arrays, `export default (${argument}) => {\n${body}\n};`].join('\n');
  return `${[head, ...helpersOf(code), code].join('\n')}\n`;
}

/** The functions that code calls, and those that these call. */
function helpersOf(code: string): string[] {
  const texts = new Set([code]);
  // Iterating over a set reaches what is added meanwhile.
  for (const text of texts) {
    for (const [name, source] of Object.entries(LIBRARY)) {
      if (new RegExp(`\\b${name}\\b`).test(text)) texts.add(`const ${name} = ${source};`);
    }
  }
  return [...texts].slice(1);
}
