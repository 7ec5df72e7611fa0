import { parseArgs } from 'node:util';
import { version } from '../info';
import { COMMANDS, type Command } from './commands';
import { bold, red } from './terminal';

/** What to answer where the words of a command are wrong; see {@link main}. */
const WRONG_USE = 2;

/** Runs a command line. Exit codes: 0 done, 1 it failed, 2 wrong words. */
export async function main(words: readonly string[]): Promise<void> {
  // Who reads no more, as `head`, is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.stderr.on('error', () => {});
  const [first, second = ''] = words;
  const [name = '', ...rest] = first === 'help' && second !== '' ? [second, '--help'] : words;
  if (['', 'help', '--help', '-h'].includes(name)) return printHelp(name === '' ? WRONG_USE : 0);
  if (name === '--version' || name === '-v') return void process.stdout.write(`${version}\n`);
  const command = COMMANDS.get(name);
  if (command === undefined) return fail(`There is no command \`${name}\`. Run \`gemsbok --help\`.`, WRONG_USE);
  await run(name, command, rest);
}

async function run(name: string, command: Command, words: string[]): Promise<void> {
  const parsed = parse(command, words);
  if (parsed instanceof Error) return fail(`${parsed.message} Run \`gemsbok ${name} --help\`.`, WRONG_USE);
  const { values, positionals } = parsed;
  if (values.help === true) return void process.stdout.write(helpOf(name, command));
  if (positionals.length !== command.files.length) {
    const wanted = command.files.join(' ');
    return fail(
      `Expected ${wanted}, received ${positionals.length} of them. Run \`gemsbok ${name} --help\`.`,
      WRONG_USE,
    );
  }
  const missing = Object.keys(command.options).find(
    (option) => command.options[option]?.isNeeded && !(option in values),
  );
  if (missing !== undefined) return fail(`Expected --${missing}. Run \`gemsbok ${name} --help\`.`, WRONG_USE);
  try {
    await command.run(positionals, values as Readonly<Record<string, string | undefined>>);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    fail(code === undefined || message.startsWith(code) ? message : `${code}: ${message}`, 1);
  }
}

function parse({ options }: Command, words: string[]) {
  const types = Object.entries(options).map(([option, { type }]) => [option, { type }] as const);
  try {
    return parseArgs({
      args: words,
      allowPositionals: true,
      options: { ...Object.fromEntries(types), help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    return error as Error;
  }
}

function fail(message: string, code: number): void {
  process.stderr.write(`${red(process.stderr, 'gemsbok:')} ${message}\n`);
  process.exitCode = code;
}

function printHelp(code: number): void {
  const width = Math.max(...[...COMMANDS].map(([name, { files }]) => [name, ...files].join(' ').length));
  const lines = [...COMMANDS].map(
    ([name, { files, what }]) => `  ${[name, ...files].join(' ').padEnd(width)}  ${what}`,
  );
  const stream = code === 0 ? process.stdout : process.stderr;
  const text = [
    `${bold(stream, 'gemsbok')} ${version}`,
    '',
    ...lines,
    '',
    'gemsbok COMMAND --help tells its options.',
    '',
  ].join('\n');
  stream.write(text);
  process.exitCode = code;
}

function helpOf(name: string, { files, what, options }: Command): string {
  const shown = Object.entries(options).map(
    ([option, { value }]) => [`--${option}${value === '' ? '' : ` ${value}`}`, options[option]?.what ?? ''] as const,
  );
  const width = Math.max(0, ...shown.map(([option]) => option.length));
  const lines = shown.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`);
  return [bold(process.stdout, `gemsbok ${[name, ...files].join(' ')}`), what, '', ...lines, ''].join('\n');
}
