/** What Python writes into JSON otherwise than JavaScript reads it. */

type Fields = Readonly<Record<string, unknown>>;

/** Whether Python takes a value for false, and Keras hence for nothing: `{}`, `[]`, 0 and '' among others. */
export function isFalsy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !value;
  return Object.keys(value).length === 0;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object as Keras writes it: a class, and its arguments. */
export interface Entry extends Fields {
  readonly class_name: string;
  readonly config: Fields;
}

export function isEntry(value: unknown): value is Entry {
  return isFields(value) && typeof value.class_name === 'string' && isFields(value.config);
}

/** Plain lists and numbers for tuples, shapes and what numpy has of both; undefined for what is none of them. */
export function plainValue(value: unknown): unknown {
  if (!isFields(value)) return undefined;
  const { class_name: type, items, config } = value;
  if ((type === '__tuple__' || type === 'TensorShape') && Array.isArray(items)) return items;
  if ((type === '__numpy__' || type === '__tensor__') && isFields(config)) return config.value;
  const isTyped = Object.keys(value).length === 2 && typeof value.type === 'string' && 'value' in value;
  return isTyped ? value.value : undefined;
}
