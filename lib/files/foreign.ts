import { GemsbokError } from '../errors';

/** What people have in place of a model's file: how it begins or what it holds, its name, and what to do. */
interface Foreign {
  readonly name: string;
  readonly fix: string;
  matches(text: string): boolean;
}

const DOWNLOAD = 'Download the file itself.';
const PYTHON = 'In Python, put the weights into a Keras model and save that as .keras.';
const begins = (start: string) => (text: string) => text.startsWith(start);
const isJson = (text: string): boolean => /^\s*[{[]/.test(text);

const isIn = (value: number, least: number, most: number): boolean => value >= least && value <= most;
// As a protocol buffer tags them: the producer and its version, a domain, versions, a comment, the graph, its operators.
const ONNX_FIELDS = [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42];

// One byte is one character here.
const FOREIGN: readonly Foreign[] = [
  {
    name: 'a pointer of Git LFS, which stands for the file',
    fix: 'Fetch the file with `git lfs pull`.',
    matches: begins('version https://git-lfs.github.com/'),
  },
  {
    name: 'a page of HTML, as a failed download leaves it',
    fix: DOWNLOAD,
    matches: (text) => /^(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|!--)/i.test(text),
  },
  {
    name: 'the `model.json` of TensorFlow.js',
    fix: 'Convert it with `tensorflowjs_converter --input_format tfjs_layers_model --output_format keras`.',
    matches: (text) => isJson(text) && /"(?:modelTopology|weightsManifest|layers-model|graph-model)"/.test(text),
  },
  {
    name: 'the config of a model as JSON, without weights',
    fix: 'Give it to `Sequential.fromConfig` or `Model.fromConfig`, and the weights to `loadWeights`.',
    matches: (text) => isJson(text) && /"class_name"/.test(text),
  },
  // The protocol of a pickle is 2 to 5 in all of today's.
  { name: 'a pickle of Python', fix: PYTHON, matches: (text) => text[0] === '\x80' && isIn(text.charCodeAt(1), 2, 5) },
  // The version of the format, and a further field.
  {
    name: 'an ONNX model',
    fix: PYTHON,
    matches: (text) => text[0] === '\b' && isIn(text.charCodeAt(1), 1, 32) && ONNX_FIELDS.includes(text.charCodeAt(2)),
  },
  { name: 'a model of TensorFlow Lite', fix: PYTHON, matches: (text) => text.startsWith('TFL3', 4) },
  { name: 'a file of safetensors', fix: PYTHON, matches: (text) => /^.{5}\0\0\0\{"/s.test(text) },
  { name: 'an array of NumPy', fix: 'Read it with `readNpy`.', matches: begins('\x93NUMPY') },
  { name: 'a file of gzip', fix: 'Unpack it first.', matches: begins('\x1f\x8b') },
];

/** By the names of its entries. */
const ARCHIVES: readonly (readonly [entry: RegExp, name: string, fix: string])[] = [
  [/(^|\/)data\.pkl$|(^|\/)constants\.pkl$/, 'a zip of PyTorch', PYTHON],
  [/(^|\/)saved_model\.pb$/, "a SavedModel of TensorFlow's", 'Load it in Python and save it as .keras.'],
  [/\.npy$/, 'arrays of NumPy (.npz)', 'Unpack it, and read each with `readNpy`.'],
  [/(^|\/)model\.json$/, 'a model of TensorFlow.js', 'Convert it to .keras with `tensorflowjs_converter`.'],
  [/\.(?:keras|h5|hdf5)$/, 'a zip around files of models', 'Unpack it first.'],
];

const MOST_CHARACTERS = 4096;

/** The refusal of a sound file of another format; null for what is none that is known. */
export function foreignFile(bytes: Uint8Array, where: string): GemsbokError | null {
  const text = Buffer.from(bytes.subarray(0, MOST_CHARACTERS)).toString('latin1');
  const found = FOREIGN.find((format) => format.matches(text));
  return found === undefined ? null : refusal(found.name, found.fix, where);
}

/** The same for the names in an archive. */
export function foreignArchive(names: readonly string[], where: string): GemsbokError | null {
  const found = ARCHIVES.find(([entry]) => names.some((name) => entry.test(name)));
  return found === undefined ? null : refusal(found[1], found[2], where);
}

function refusal(name: string, fix: string, where: string): GemsbokError {
  const message = `Expected a model of Keras (.keras or .h5) in ${where}, received ${name}. ${fix}`;
  return new GemsbokError('ERR_UNSUPPORTED', message);
}
