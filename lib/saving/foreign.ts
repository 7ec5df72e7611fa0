import type { Foreign, ModelFile } from './format';
import { WEIGHTS } from './keras_archive';
import { TFJS } from './tfjs_model';

const DOWNLOAD = 'Download the file itself.';
const PYTHON = 'In Python, put the weights into a Keras model and save that as .keras.';
const begins =
  (signature: string) =>
  ({ start }: ModelFile): boolean =>
    start.startsWith(signature);
const isJson = (text: string): boolean => /^\s*[{[]/.test(text);
/** A zip with such an entry that is none of Keras. */
const hasEntry =
  (pattern: RegExp) =>
  ({ archive }: ModelFile): boolean =>
    archive !== null && !archive.names.includes(WEIGHTS) && archive.names.some((name) => pattern.test(name));

const isIn = (value: number, least: number, most: number): boolean => value >= least && value <= most;
/** What people pass instead of a model's file, and what to do. */
export const FOREIGN: readonly Foreign[] = [
  {
    name: 'a pointer of Git LFS, which stands for the file',
    fix: 'Fetch the file with `git lfs pull`.',
    matches: begins('version https://git-lfs.github.com/'),
  },
  {
    name: 'a page of HTML, as a failed download leaves it',
    fix: DOWNLOAD,
    matches: ({ start }) => /^(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|!--)/i.test(start),
  },
  {
    name: 'the config of a model as JSON, without weights',
    fix: 'Give it to `Sequential.fromConfig` or `Model.fromConfig`, and the weights to `loadWeights`.',
    matches: (file) => isJson(file.start) && /"class_name"/.test(file.start) && !TFJS.matches(file),
  },
  // The protocol of a pickle is 2 to 5 in all of today's.
  {
    name: 'a pickle of Python',
    fix: PYTHON,
    matches: ({ start }) => start[0] === '\x80' && isIn(start.charCodeAt(1), 2, 5),
  },
  { name: 'a model of TensorFlow Lite', fix: PYTHON, matches: ({ start }) => start.startsWith('TFL3', 4) },
  { name: 'an array of NumPy', fix: 'Read it with `readNpy`.', matches: begins('\x93NUMPY') },
  { name: 'a file of gzip', fix: 'Unpack it first.', matches: begins('\x1f\x8b') },
  { name: 'a zip of PyTorch', fix: PYTHON, matches: hasEntry(/(^|\/)(?:data|constants)\.pkl$/) },
  {
    name: "a SavedModel of TensorFlow's",
    fix: 'Load it in Python and save it as .keras.',
    matches: hasEntry(/(^|\/)saved_model\.pb$/),
  },
  {
    name: 'arrays of NumPy (.npz)',
    fix: 'Unpack it, and read each with `readNpy`.',
    matches: hasEntry(/\.npy$/),
  },
  {
    name: 'a model of TensorFlow.js',
    fix: 'Unpack it first.',
    matches: hasEntry(/(^|\/)model\.json$/),
  },
  { name: 'a zip around files of models', fix: 'Unpack it first.', matches: hasEntry(/\.(?:keras|h5|hdf5)$/) },
];
