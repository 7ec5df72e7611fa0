// Follows docs/add-a-*.md in a copy of the tree: makes each edit at the place that the page names, builds, and runs the
// page's commands: node scripts/recipes.mjs [--check]. With --check it only looks whether each edit has its place.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const docs = join(root, 'docs');

/** By which the set-up knows that the packages are there. */
const INSTALLED = 'build/stamps/Installing npm packages';

/** What git does not know, and git's own. */
const LEFT_OUT = ['.git', '.tap', 'build', 'dist', 'node_modules', 'prebuilds'];

/** A paragraph that ends in where its block goes, and the block. */
const STEP = /^((?:(?!```).+\n)+)\n```(\w+)\n([\s\S]*?)^```$/gm;
const PLACE = /`([^`]+)`,\s(before|after)\s`([^`]+)`:$/;
const END = /at the end of\s`([^`]+)`:$/;
const NEW = /a new file,\s`([^`]+)`:$/;

/** The edits and commands of a page, in its order. Each block must say where it goes. */
function stepsOf(page) {
  const text = readFileSync(join(docs, page), 'utf8');
  const steps = [...text.matchAll(STEP)].map(([, paragraph, language, block]) => {
    if (language === 'sh') return { commands: block.trim().split('\n') };
    const [, file, side, anchor] = PLACE.exec(paragraph.trim()) ?? [];
    if (file !== undefined) return { file, side, anchor, block };
    const [, ended] = END.exec(paragraph.trim()) ?? [];
    if (ended !== undefined) return { file: ended, side: 'end', block };
    const [, made] = NEW.exec(paragraph.trim()) ?? [];
    if (made !== undefined) return { file: made, side: 'new', block };
    throw new Error(`${page}: a block says not where it goes, after\n${paragraph}`);
  });
  const fences = text.match(/^```\w/gm)?.length ?? 0;
  if (steps.length !== fences) throw new Error(`${page}: ${fences - steps.length} blocks stand without a paragraph.`);
  return steps;
}

/** A file's text after an edit. */
function edited({ file, side, anchor, block }, text) {
  if (side === 'new') {
    if (text !== null) throw new Error(`${file} is there already.`);
    return block;
  }
  if (text === null) throw new Error(`${file} is missing.`);
  // What begins at the margin stands apart.
  const apart = /^\S/.test(block) && block.trimEnd().includes('\n') ? '\n' : '';
  if (side === 'end') return text + apart + block;
  const lines = text.split('\n');
  const found = lines.flatMap((line, i) => (line.includes(anchor) ? [i] : []));
  if (found.length !== 1) throw new Error(`${file} has ${found.length} lines with \`${anchor}\`, not one.`);
  const [at] = found;
  if (side === 'before')
    return [...lines.slice(0, at), block + apart.repeat(2) + lines[at], ...lines.slice(at + 1)].join('\n');
  return [...lines.slice(0, at + 1), apart + block + lines[at + 1], ...lines.slice(at + 2)].join('\n');
}

function textOf(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/** All edits, on files that `read` gives and `write` takes. */
function follow(pages, read, write) {
  for (const page of pages) {
    for (const step of stepsOf(page)) {
      if (step.commands !== undefined) continue;
      try {
        write(step.file, edited(step, read(step.file)));
      } catch (error) {
        throw new Error(`docs/${page}: ${error.message}`);
      }
    }
  }
}

/** Shows what a command says where it fails: of tests, what follows the first failure. */
function run(command, folder) {
  console.log(`$ ${command}`);
  const { status, stdout, stderr } = spawnSync(command, {
    cwd: folder,
    // One instruction set is enough to see that a recipe is true.
    env: { ...process.env, GEMSBOK_CMAKE: '--CDGEMSBOK_ONE_TARGET=ON' },
    shell: true,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return;
  const lines = stdout.split('\n');
  const first = lines.findIndex((line) => /^ *not ok/.test(line));
  console.error([...lines.slice(Math.max(first, 0), first + 200), stderr.slice(-4000)].join('\n'));
  throw new Error(`\`${command}\` failed.`);
}

/** The tree, with links of its own to the packages, as whatever is done to these stays in the copy. */
function copyOfTree() {
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build/recipes-'));
  for (const name of readdirSync(root)) {
    if (!LEFT_OUT.includes(name)) cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  cpSync(join(root, INSTALLED), join(folder, INSTALLED));
  const { status } = spawnSync('cp', ['-al', join(root, 'node_modules'), folder], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The packages cannot be linked.');
  return folder;
}

const pages = readdirSync(docs).filter((name) => /^add-a-.*\.md$/.test(name));
if (process.argv.includes('--check')) {
  const changed = new Map();
  const read = (file) => changed.get(file) ?? textOf(join(root, file));
  follow(pages, read, (file, text) => changed.set(file, text));
  console.log(`${pages.length} recipes, ${changed.size} files`);
} else {
  const folder = copyOfTree();
  try {
    const read = (file) => textOf(join(folder, file));
    follow(pages, read, (file, text) => writeFileSync(join(folder, file), text));
    const commands = pages.flatMap((page) => stepsOf(page).flatMap((step) => step.commands ?? []));
    for (const command of commands) run(command, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
