import { basename } from 'node:path';
import { invalidArgument } from '../errors';
import { loadModel } from '../models';
import { endingsOf } from '../saving/formats';
import { serve } from '../serving';
import { predictCsv } from './predict_csv';
import { bold } from './terminal';

interface Option {
  readonly type: 'string' | 'boolean';
  /** What stands for its value in the help. */
  readonly value: string;
  readonly what: string;
  readonly isNeeded?: boolean;
}

export interface Command {
  /** The names of what stands without `--`. */
  readonly files: readonly string[];
  readonly what: string;
  readonly options: Readonly<Record<string, Option>>;
  run(files: readonly string[], options: Readonly<Record<string, string | undefined>>): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    'serve',
    {
      files: ['FILE'],
      what: 'Serves a model over HTTP.',
      options: {
        port: { type: 'string', value: 'N', what: 'Port. Default: 8501; 0 for any that is free' },
        host: {
          type: 'string',
          value: 'ADDRESS',
          what: 'Address. Default: 127.0.0.1, which other machines do not reach',
        },
        name: {
          type: 'string',
          value: 'NAME',
          what: 'Name by which clients ask for the model. Default: that of the file',
        },
        'max-batch-size': { type: 'string', value: 'ROWS', what: 'Most rows that are computed at once. Default: 64' },
        'max-delay': {
          type: 'string',
          value: 'MS',
          what: 'Longest time that a request waits for others, in ms. Default: 2',
        },
        'max-queue': { type: 'string', value: 'N', what: 'Most requests that wait; more are refused. Default: 1024' },
        watch: { type: 'boolean', value: '', what: 'Loads the file again when it changes' },
      },
      run: serveFile,
    },
  ],
  [
    'summary',
    {
      files: ['FILE'],
      what: 'Prints the layers of a model.',
      options: {},
      run: async ([file = '']) => void (await loadModel(file)).summary(),
    },
  ],
  [
    'predict',
    {
      files: ['FILE'],
      what: 'Prints the outputs of a model for each row of a table.',
      options: {
        csv: {
          type: 'string',
          value: 'ROWS',
          isNeeded: true,
          what: 'The table, whose first line names the columns; - reads it from the standard input',
        },
      },
      run: async ([file = ''], { csv = '' }) => predictCsv(await loadModel(file, { compile: false }), csv),
    },
  ],
  [
    'convert',
    {
      files: ['FROM', 'TO'],
      what: `Writes a model in another format, which the ending of TO tells: ${endingsOf('model')}.`,
      options: {},
      run: async ([from = '', to = '']) => (await loadModel(from)).save(to),
    },
  ],
]);

async function serveFile([file = '']: readonly string[], options: Readonly<Record<string, unknown>>): Promise<void> {
  const name = typeof options.name === 'string' ? options.name : basename(file).replace(/\.[^.]*$/, '');
  const stop = new Promise<void>((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve());
  });
  const server = await serve({
    models: { [name]: file },
    watch: options.watch === true,
    host: typeof options.host === 'string' ? options.host : undefined,
    port: numberOf(options, 'port'),
    maxBatchSize: numberOf(options, 'max-batch-size'),
    maxDelay: numberOf(options, 'max-delay'),
    maxQueue: numberOf(options, 'max-queue'),
  });
  const { host, port } = server;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  process.stdout.write(
    `Serving ${bold(process.stdout, name)} at ${url}/v1/models/${encodeURIComponent(name)}:predict and ${url}/v2\n`,
  );
  await stop;
  await server.close();
}

function numberOf(options: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (typeof text === 'string' && text.trim() !== '' && Number.isFinite(number)) return number;
  throw invalidArgument(`--${name}`, 'a number', text);
}
