import { stat } from 'node:fs/promises';
import { checkPath } from '../../check';
import { invalidArgument, invalidUse } from '../../errors';
import { runJob } from '../../files/pool';
import type { FileArray } from '../../files/tree';
import { shortestFloat } from '../../identifiers';
import type { Layer } from '../../layers';
import { atomically } from '../../layers/variable';
import { checkBytes, formatNamed, type ReadModel } from '../../saving/formats';
import { checkedValues, type StoredWeights } from '../../saving/model_state';
import { floatsOf } from '../../tensor';
import type { Compilation } from '../compile/compilation';
import type { Topology } from '../graph/topology';
import type { Saved } from './save_model';

export interface OpenedFile extends ReadModel {
  /** The file, for errors. */
  readonly where: string;
}

/** Weights, and the file for errors. */
export type StoredIn = Pick<OpenedFile, 'format' | 'root' | 'where'>;

/** Reads a file of any of the formats, which follows from its contents. */
export async function openFile(path: string): Promise<OpenedFile> {
  const text = checkPath(path, 'path');
  const found = await stat(text);
  if (!found.isFile()) throw invalidArgument('path', 'the path of a file', path, 'It is a folder or a device.');
  const where = `\`${text}\``;
  checkBytes(found.size, where);
  const contents = await runJob('decodeModel', { source: text, where }, { subject: { where, bytes: found.size } });
  return { ...contents, where };
}

/**
 * Sets all weights of a model, and its optimizer state where it is compiled and the file has it: all are checked
 * before any is set.
 */
export function setStored({ topology, compilation }: Saved, file: StoredIn): void {
  if (topology.inputShapes === null) {
    const fix = 'Begin it with an Input, or call `build`.';
    throw invalidUse(`Expected a model that is built, received one without a shape. ${fix}`);
  }
  const { where } = file;
  const stored = weightsIn(file, topology.layers);
  const values = checkedValues(topology.layers, stored, where);
  atomically(topology.variables, () => {
    if (compilation !== null && stored.optimizer !== null) restore(compilation, topology, stored.optimizer, where);
    for (const [variable, numbers] of values) variable.write(numbers);
  });
}

/** What a file holds for layers. */
export function weightsIn({ format, root, where }: StoredIn, layers: readonly Layer[]): StoredWeights {
  return formatNamed(format).weightsOf(root, layers, where);
}

/** As in Keras, the state of another optimizer is left out. */
function restore(compilation: Compilation, topology: Topology, stored: readonly FileArray[], where: string): void {
  if (compilation.restore(topology, stored)) return;
  const { optimizer } = compilation;
  const [iteration, rate] = stored.map(({ data }) => Number(floatsOf(data, 'float64')[0]));
  const isNew = iteration === 0 && stored.length === (optimizer.isScheduled ? 1 : 2);
  if (isNew && rate !== undefined) optimizer.learningRate = shortestFloat(rate);
  if (isNew) return;
  process.emitWarning(
    `The optimizer \`${optimizer.name}\` starts over: ${where} has ${stored.length} arrays, of another one.`,
    { code: 'GEMSBOK_OPTIMIZER_SKIPPED' },
  );
}
