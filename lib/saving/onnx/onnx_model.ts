import { arraysIn } from '../../files/tree';
import type { Format } from '../format';
import { describedBy, parseObject } from '../model_state';
import { readNamed } from '../named_weights';
import { CONFIG, SEPARATOR } from './places';

// As a protocol buffer tags them: the producer and its version, a domain, versions, a comment, the graph, its operators.
const FIELDS = [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42];
const MOST_VERSIONS = 32;

/**
 * Graphs of operators, for inference elsewhere; those of dense nets become layers again. What reads and writes them is
 * loaded with the first one.
 */
export const ONNX: Format = {
  name: 'onnx',
  extensions: ['.onnx'],
  holds: 'model',
  // The version of the format, and a further field.
  matches: ({ start }) =>
    start[0] === '\b' &&
    start.charCodeAt(1) > 0 &&
    start.charCodeAt(1) <= MOST_VERSIONS &&
    FIELDS.includes(start.charCodeAt(2)),
  read: async ({ bytes, where }) => (await import('./read_model.js')).readOnnxModel(bytes, where),
  describe: ({ texts }, where) => describedBy(parseObject(texts.get(CONFIG), CONFIG, where), null, where),
  weightsOf(root, layers, where, layout) {
    return readNamed(arraysIn(root), layers, { separator: SEPARATOR, isOrdered: true, layout }, where);
  },
  write: async (model, name) => new Map([[name, await (await import('./written_model.js')).encodeOnnxModel(model)]]),
};
