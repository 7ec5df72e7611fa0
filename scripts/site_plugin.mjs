// What the generator of the site asks us: titles of pages, docstrings that count for several names, and what has none.
import { Application, Comment, Converter, ReflectionKind } from 'typedoc';

/** What must have a text; methods and functions have it at their signatures. */
const DOCUMENTED =
  ReflectionKind.Class |
  ReflectionKind.Interface |
  ReflectionKind.TypeAlias |
  ReflectionKind.Variable |
  ReflectionKind.Property |
  ReflectionKind.GetSignature |
  ReflectionKind.CallSignature;

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, page) => {
    page.name = titleOf(page);
  });
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const owner of project.getReflectionsByKind(ReflectionKind.Class | ReflectionKind.FunctionOrMethod)) {
      for (const { parameters } of signaturesOf(owner)) {
        documentOptions(
          owner,
          parameters?.find(({ name }) => name === 'options'),
        );
      }
    }
  });
  app.on(Application.EVENT_VALIDATE_PROJECT, (project) => {
    for (const reflection of project.getReflectionsByKind(DOCUMENTED).filter(isPublic)) {
      const missing = missingIn(reflection);
      if (missing !== null) app.logger.error(`${reflection.getFullName()} has no ${missing}.`);
    }
  });
}

/** The heading of a page of docs, as its file's name is no title; those of the catalogue have their family's name. */
function titleOf({ name, content }) {
  const heading = /^# (.+)/.exec(content.map(({ text }) => text).join(''))?.[1] ?? name;
  return name.startsWith('catalogue/') ? `Catalogue: ${heading.toLowerCase()}` : heading;
}

function signaturesOf(owner) {
  const made = owner.children?.find(({ kind }) => kind === ReflectionKind.Constructor);
  return (made ?? owner).signatures ?? [];
}

/** What a type has as members: that of an interface, of an alias of one, of several together. */
function membersOf(type) {
  if (type?.type === 'intersection') return type.types.flatMap(membersOf);
  if (type?.type === 'reflection') return type.declaration.children ?? [];
  if (type?.type !== 'reference' || type.reflection === undefined) return [];
  return type.reflection.children ?? membersOf(type.reflection.type);
}

/** An interface of options says whose they are, and a property what the option of its name says. */
function documentOptions(owner, { type } = {}) {
  if (type?.reflection !== undefined) {
    type.reflection.comment ??= new Comment([{ kind: 'text', text: `Options of \`${owner.name}\`.` }]);
  }
  for (const option of membersOf(type)) {
    const property = owner.children?.find(({ name }) => name === option.name);
    if (property !== undefined && option.comment !== undefined) property.comment ??= option.comment.clone();
  }
}

/** Whether it can be imported and has a name: no literal type, and none of those that only stand in others. */
function isPublic(reflection) {
  for (let one = reflection; one !== undefined; one = one.parent) {
    if (one.name === 'internal' || one.name === '__type') return false;
  }
  return true;
}

/** What a reader looks for and does not find. */
function missingIn({ comment, kind, flags, parent }) {
  if (comment === undefined || !comment.hasVisibleComponent()) return 'docstring';
  const isOption = kind === ReflectionKind.Property && flags.isOptional && /Options$/.test(parent.name);
  return isOption && !/Default/.test(Comment.combineDisplayParts(comment.summary)) ? 'default' : null;
}
