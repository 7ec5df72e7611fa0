import { elementAt } from '../check';

/** Labels and their values. */
export type Labels = Readonly<Record<string, string>>;

/** Numbers by labels, in the text format of Prometheus. */
abstract class Family {
  constructor(
    readonly name: string,
    private readonly help: string,
    private readonly type: 'counter' | 'gauge' | 'histogram',
  ) {}

  protected abstract samples(): string[];

  text(): string {
    return [`# HELP ${this.name} ${this.help}`, `# TYPE ${this.name} ${this.type}`, ...this.samples(), ''].join('\n');
  }
}

export class Counter extends Family {
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string) {
    super(name, help, 'counter');
  }

  add(labels: Labels, count = 1): void {
    const key = textOf(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + count);
  }

  protected override samples(): string[] {
    return [...this.#values].map(([labels, value]) => `${this.name}{${labels}} ${value}`);
  }
}

/** Read when it is asked for. */
export class Gauge extends Family {
  readonly #read: () => Iterable<readonly [Labels, number]>;

  constructor(name: string, help: string, read: () => Iterable<readonly [Labels, number]>) {
    super(name, help, 'gauge');
    this.#read = read;
  }

  protected override samples(): string[] {
    return [...this.#read()].map(([labels, value]) => `${this.name}{${textOf(labels)}} ${value}`);
  }
}

export class Histogram extends Family {
  readonly #bounds: readonly number[];
  /** By labels: the count of each bucket, that of what lies beyond, and the sum. */
  readonly #values = new Map<string, Float64Array>();

  constructor(name: string, help: string, bounds: readonly number[]) {
    super(name, help, 'histogram');
    this.#bounds = bounds;
  }

  observe(labels: Labels, value: number): void {
    const key = textOf(labels);
    const own = this.#values.get(key) ?? new Float64Array(this.#bounds.length + 2);
    this.#values.set(key, own);
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = found === -1 ? this.#bounds.length : found;
    own[bucket] = elementAt(own, bucket) + 1;
    own[own.length - 1] = elementAt(own, own.length - 1) + value;
  }

  protected override samples(): string[] {
    return [...this.#values].flatMap(([labels, counts]) => {
      let below = 0;
      const buckets = [...this.#bounds, '+Inf'].map((bound, b) => {
        below += elementAt(counts, b);
        return `${this.name}_bucket{${labels},le="${bound}"} ${below}`;
      });
      return [...buckets, `${this.name}_sum{${labels}} ${counts.at(-1)}`, `${this.name}_count{${labels}} ${below}`];
    });
  }
}

function textOf(labels: Labels): string {
  let text = '';
  for (const name of Object.keys(labels)) text += `${text && ','}${name}="${escaped(labels[name] ?? '')}"`;
  return text;
}

function escaped(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
}
