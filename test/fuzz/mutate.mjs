// Damage: to bytes as disks, networks and attackers do it, to texts and to trees of JSON.

const EXTREME_BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
const EXTREME_NUMBERS = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  2n ** 62n,
  2n ** 63n - 1n,
  -1n,
  -2n,
];
const TOKENS = [
  ...[
    '0',
    '-1',
    '1e999',
    '9'.repeat(400),
    'NaN',
    'null',
    '"',
    "'",
    '\\',
    '\0',
    '\ufeff',
    '\r',
    '\n',
    ',',
    ',,',
    ';',
    '\u2028',
  ],
  ...[
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    '['.repeat(5000),
    '{"a":'.repeat(3000),
    '('.repeat(300),
    '1,'.repeat(5000),
    ' '.repeat(20_000),
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '<script>',
    '../../x',
    '%s%n',
    '=1+1',
    "'shape': (",
    'True',
    '\ud83d\ude00',
  ],
];

const BYTES = {
  flip(random, bytes) {
    for (let i = random.integer(1, 8); i > 0; i--)
      bytes[random.integer(0, bytes.length - 1)] ^= 1 << random.integer(0, 7);
    return bytes;
  },
  set(random, bytes) {
    for (let i = random.integer(1, 4); i > 0; i--)
      bytes[random.integer(0, bytes.length - 1)] = random.pick(EXTREME_BYTES);
    return bytes;
  },
  number(random, bytes) {
    const size = random.pick([2, 4, 4, 8, 8]);
    if (bytes.length < size) return bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const at = random.integer(0, Math.floor((bytes.length - size) / size)) * size;
    const value = random.pick(EXTREME_NUMBERS);
    const little = random.chance(0.8);
    if (size === 2) view.setUint16(at, Number(value & 0xffffn), little);
    else if (size === 4) view.setUint32(at, Number(value & 0xffffffffn), little);
    else view.setBigUint64(at, value & 0xffffffffffffffffn, little);
    return bytes;
  },
  truncate: (random, bytes) => bytes.subarray(0, random.integer(0, bytes.length)),
  extend: (random, bytes) => Buffer.concat([bytes, block(random, bytes)]),
  cut(random, bytes) {
    const [from, to] = range(random, bytes);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  repeat(random, bytes) {
    const [from, to] = range(random, bytes);
    const times = random.list(random.integer(1, 20), () => bytes.subarray(from, to));
    return Buffer.concat([bytes.subarray(0, to), ...times, bytes.subarray(to)]);
  },
  overwrite(random, bytes, other) {
    const source = block(random, random.chance(0.5) ? other : bytes);
    bytes.set(source.subarray(0, bytes.length), random.integer(0, Math.max(0, bytes.length - source.length)));
    return bytes;
  },
  zero(random, bytes) {
    const [from, to] = range(random, bytes);
    return bytes.fill(random.pick(EXTREME_BYTES), from, to);
  },
  join: (random, bytes, other) => Buffer.concat([block(random, bytes), block(random, other)]),
};
const KINDS = Object.values(BYTES);
const [FLIP, SET, NUMBER] = KINDS;

function range(random, bytes) {
  const from = random.integer(0, bytes.length);
  return [from, Math.min(bytes.length, from + random.integer(0, random.pick([4, 16, 256, 4096])))];
}

function block(random, bytes) {
  const [from, to] = range(random, bytes);
  return bytes.subarray(from, to);
}

/** A damaged copy of `bytes`; parts may come of `other`. */
export function damaged(random, bytes, other) {
  let result = Buffer.from(bytes);
  for (let i = random.pick([1, 1, 1, 2, 3, 6]); i > 0 && result.length > 0; i--) {
    const damage = random.chance(0.5) ? random.pick([FLIP, SET, NUMBER]) : random.pick(KINDS);
    result = Buffer.from(damage(random, result, other));
  }
  return result;
}

/** A text with something in it that its reader does not expect. */
export function misspelt(random, text) {
  let result = text;
  for (let i = random.integer(1, 3); i > 0; i--) {
    const from = random.integer(0, result.length);
    const to = from + random.pick([0, 0, 1, 5, 50]);
    const piece = random.chance(0.7) ? random.pick(TOKENS) : result.slice(from, to).repeat(random.integer(1, 30));
    result = `${result.slice(0, from)}${piece}${result.slice(to)}`;
  }
  return result;
}

const VALUES = [
  ...[
    null,
    true,
    0,
    -1,
    1,
    1.5,
    1e9,
    2 ** 31,
    2 ** 53,
    1e308,
    '',
    'relu',
    '__proto__',
    'constructor',
    '\0',
    'x'.repeat(3000),
  ],
  ...[
    [],
    {},
    [[]],
    [null],
    [1, 2],
    [1e9, 1e9],
    [-1],
    { class_name: 'Dense', config: {} },
    { class_name: 'toString', config: {} },
  ],
  ...[
    { class_name: 'Sequential', config: { layers: [] } },
    { module: 'os', class_name: 'system', config: { command: 'true' } },
  ],
  ...[
    { class_name: '__lambda__', config: { value: 'x' } },
    { class_name: 'function', config: 'eval' },
  ],
];

/** Every place in a tree: what holds it, and its name there. */
function placesIn(tree) {
  const places = [];
  const visit = (node) => {
    if (typeof node !== 'object' || node === null) return;
    for (const name of Object.keys(node)) {
      places.push({ node, name });
      visit(node[name]);
    }
  };
  visit(tree);
  return places;
}

const wrapped = (value, levels) => {
  let result = value;
  for (let i = 0; i < levels; i++) result = i % 2 === 0 ? [result] : { config: result };
  return result;
};

const TREES = [
  ({ node, name }, random) => put(node, name, random.pick(VALUES)),
  ({ node, name }, random, places) => {
    const other = random.pick(places);
    // No cycles: a file has none.
    put(node, name, structuredClone(other.node[other.name]));
  },
  ({ node, name }) => {
    // Not `splice`, which calls what a change before made the constructor.
    if (!Array.isArray(node)) delete node[name];
    else node.copyWithin(Number(name), Number(name) + 1).pop();
  },
  ({ node, name }, random) =>
    put(node, random.pick(['__proto__', 'constructor', 'name', 'class_name', 'x']), node[name]),
  ({ node, name }, random) => {
    if (Array.isArray(node)) for (let i = random.pick([1, 3, 300]); i > 0; i--) node.push(structuredClone(node[name]));
  },
  ({ node, name }, random) => put(node, name, wrapped(node[name], random.pick([1, 2, 5, 90, 120, 400]))),
  ({ node, name }) => {
    if (typeof node[name] === 'number') node[name] = -node[name] * 1e6 - 1;
    else if (typeof node[name] === 'string') node[name] = `${node[name]}${node[name]}\ud800`;
  },
];

function put(node, name, value) {
  Object.defineProperty(node, name, {
    value: structuredClone(value),
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** A copy of a tree of JSON, changed at some places. */
export function misshapen(random, tree) {
  const result = structuredClone(tree);
  for (let i = random.integer(1, 3); i > 0; i--) {
    const places = placesIn(result);
    if (places.length === 0) break;
    random.pick(TREES)(random.pick(places), random, places);
  }
  return result;
}
