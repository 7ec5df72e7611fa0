// Plain objects whose keys are names that users choose: `constructor` and `__proto__` are names like others.

/** The value under a name; undefined where there is none, whatever objects inherit. */
export function getValue<V>(record: Readonly<Record<string, V>>, name: string): V | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Sets the value under a name; an assignment to `__proto__` would set the prototype, others fail where that is frozen. */
export function setValue<V>(record: Record<string, V>, name: string, value: V): void {
  if (!(name in Object.prototype)) record[name] = value;
  else Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true });
}
