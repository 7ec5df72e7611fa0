// The names of classes and functions as types, in the spellings that a `Family` finds them by.

type IsUpper<Letter extends string> = Letter extends Lowercase<Letter> ? false : true;
type IsLower<Letter extends string> = Letter extends Uppercase<Letter> ? false : true;

type First<Text extends string> = Text extends `${infer Letter}${string}` ? Letter : '';

/** Whether a capital between these begins a word: the S and the E of `MeanSquaredError`, the R and the L of `PReLU`. */
type BeginsWord<Before extends string, After extends string> = Before extends ''
  ? false
  : true extends IsLower<Before> | IsLower<First<After>>
    ? true
    : false;

type Gap<Before extends string, Letter extends string, After extends string> = [
  IsUpper<Letter>,
  BeginsWord<Before, After>,
] extends [true, true]
  ? '_'
  : '';

/** `toSnakeCase` of a name, letter by letter. */
export type SnakeCase<
  Name extends string,
  Before extends string = '',
  Done extends string = '',
> = Name extends `${infer Letter}${infer After}`
  ? SnakeCase<After, Letter, `${Done}${Gap<Before, Letter, After>}${Lowercase<Letter>}`>
  : Done;

/** `toCamelCase` of a name in snake_case. */
export type CamelCase<Name extends string> = Name extends `${infer Word}_${infer Others}`
  ? `${Word}${Capitalize<CamelCase<Others>>}`
  : Name;

/** A name in all its spellings: `GlorotUniform`, `glorot_uniform`, `glorotUniform`. */
export type Spellings<Name extends string> = Name | SnakeCase<Name> | CamelCase<SnakeCase<Name>>;

type MadePlainly<Classes> = {
  [Name in keyof Classes]: Classes[Name] extends new () => unknown ? Name : never;
}[keyof Classes] &
  string;

/** The names of the classes that need no options, as a name has none; without those for which Keras takes no name. */
export type NameOf<Classes, Nameless extends keyof Classes = never> = Spellings<
  Exclude<MadePlainly<Classes>, Nameless>
>;

/** The name of a class that a program has registered: `package>Class`. */
export type RegisteredName = `${string}>${string}`;

/** Any string, where an editor still completes the members of a union with it. */
export type AnyName = string & Record<never, never>;
