import type { Shape, TypedArray } from '../tensor';

/** Numbers in a file. */
export interface FileArray {
  readonly data: TypedArray;
  readonly shape: Shape;
}

export type Attribute = string | readonly string[];

/** A group of an HDF5 file. Maps, as its names come from anywhere. */
export interface Group {
  readonly attributes: Map<string, Attribute>;
  readonly children: Map<string, Group | FileArray>;
}

export function emptyGroup(attributes: Readonly<Record<string, Attribute>> = {}): Group {
  return { attributes: new Map(Object.entries(attributes)), children: new Map() };
}

export function isGroup(node: Group | FileArray | undefined): node is Group {
  return node !== undefined && 'children' in node;
}

/** The arrays right below a group, by name. */
export function arraysIn({ children }: Group): ReadonlyMap<string, FileArray> {
  return new Map([...children].filter((entry): entry is [string, FileArray] => !isGroup(entry[1])));
}

/** The group at a path, `layers/dense`; undefined where there is none. */
export function groupAt(root: Group, path: string): Group | undefined {
  const node = nodeAt(root, path);
  return isGroup(node) ? node : undefined;
}

export function nodeAt(root: Group, path: string): Group | FileArray | undefined {
  let node: Group | FileArray | undefined = root;
  for (const name of path.split('/')) {
    if (name === '') continue;
    node = isGroup(node) ? node.children.get(name) : undefined;
  }
  return node;
}

/** Puts an array at a path, and makes the groups on the way. */
export function putArray(root: Group, path: string, array: FileArray): void {
  const names = path.split('/').filter((name) => name !== '');
  const last = names.pop() ?? '';
  makeGroup(root, names.join('/')).children.set(last, array);
}

/** The group at a path, which is made where there is none. */
export function makeGroup(root: Group, path: string): Group {
  let group = root;
  for (const name of path.split('/')) {
    if (name === '') continue;
    const found = group.children.get(name);
    const next = isGroup(found) ? found : emptyGroup();
    group.children.set(name, next);
    group = next;
  }
  return group;
}

/** The memory of all numbers, which can move to another thread. */
export function buffersOf(root: Group): ArrayBuffer[] {
  const buffers = [...root.children.values()].flatMap((node) => {
    return isGroup(node) ? buffersOf(node) : [node.data.buffer as ArrayBuffer];
  });
  return [...new Set(buffers)];
}
