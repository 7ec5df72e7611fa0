import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

/** Words for which the field has others, which stand beside them. */
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/\bscripted\b/i, 'custom loss'],
  [/\buntreated\b/i, 'what an optimizer is told of a variable'],
  [/\bpose\(|\bProblem\b/, 'prepareData, PreparedData'],
  [/\bstretch(es|ed)?\b/i, 'broadcast'],
  [/\bslopes\b/, 'gradients'],
  [/\bHeld\b|\bisHeld\b/, 'resident'],
  [/\bremember(s|ed)?\b/, 'keeps, or the optimizer state'],
  [/\bshares? of (the|a|each)\b/i, 'fraction'],
  [/yes\/no decisions/, 'binary predictions'],
  [/probabilities of scores/, 'converts logits to probabilities'],
  [/\b(comes?|came|becomes?) of\b/, 'depends on, comes from'],
  [/\b(begins?|starts?) anew\b/, 'starts over'],
  [/\bg(o|oes) on\b/i, 'continues'],
  [/\bof one's own\b/, 'custom'],
  [/\bhand(s|ed)? on\b/, 'passes on'],
  [/\bmend\b/, 'fix'],
  [/\bthat there is not\b/, 'that does not exist'],
  [/\b(x|it|library|machine) has not\b/, 'does not have'],
  [/\bnobody\b/, 'say what happens'],
  [/\bnothing beside\b/, 'besides'],
  [/\banew\b/, 'again'],
  [/\b(that|which|what) (is|are) no (?!longer|more)/, 'that is not a'],
  [/\b(and|or) the like\b/, 'such as'],
  [/\btakes? and gives?\b/, 'takes and returns'],
];

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path) : [path];
  });
}

/** `path:line: text` of each line in which the pattern is found. */
function found(path: string, pattern: RegExp): string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : []));
}

const LIB = filesOf('lib');
const NATIVE = filesOf('native').filter((path) => !path.startsWith(join('native', 'test')));
const TEXTS = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...filesOf('docs').filter((path) => path.endsWith('.md')),
];

t.test('comments are sentences', async (t) => {
  for (const [first, why] of [
    ['Of', 'say what it is'],
    ['Gives', 'functions return'],
  ] as const) {
    const begins = new RegExp(String.raw`(/\*\*|^\s*//)\s*(@internal\s+)?${first} `);
    // After a line that ends a sentence, or an empty one, a line of a comment begins one.
    const starts = new RegExp(String.raw`^\s*\* ${first} `);
    const all = LIB.flatMap((path) => [...found(path, begins), ...found(path, starts)]);
    t.strictSame(all, [], `no comment begins with "${first}": ${why}`);
  }
});

t.test('one word for one thing, the one that the field has', async (t) => {
  for (const [pattern, word] of FOREIGN) {
    t.strictSame(
      [...LIB, ...TEXTS].flatMap((path) => found(path, pattern)),
      [],
      `${pattern}: ${word}`,
    );
  }
});

t.test('comments of native code, too', async (t) => {
  for (const [pattern, word] of FOREIGN) {
    const all = NATIVE.flatMap((path) => found(path, new RegExp(`//.*(${pattern.source})`, pattern.flags)));
    t.strictSame(all, [], `${pattern}: ${word}`);
  }
});
