import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, with a trailing separator. */
export const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** One of our TypeScript files, with what it imports. */
export interface SourceFile {
  /** Relative to the repository's root, forward slashes. */
  readonly path: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
  /** The comments alone. */
  readonly comments: string;
  readonly imports: readonly Import[];
}

/** One import or re-export, static or not. */
export interface Import {
  /** As written. */
  readonly specifier: string;
  /** The imported file's path as in {@link SourceFile}, for our own files. */
  readonly target: string | undefined;
  /** The package's name (`node:` and all, for built-in ones), for everything else. */
  readonly package: string | undefined;
  /** The names that are imported, as the other file calls them. */
  readonly names: readonly string[];
  /** Whether only types are imported: such an import is gone when the program runs. */
  readonly typeOnly: boolean;
}

/** All TypeScript files below some folders of the repository. */
export function sourceFiles(...folders: string[]): SourceFile[] {
  return folders.flatMap(pathsBelow).map(read);
}

function pathsBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map(entry => slashed(relative(ROOT, join(entry.parentPath, entry.name))));
}

/** Folders of the repository that comments and documents name. */
const FOLDERS = ['src', 'dashboard', 'test', 'bench', 'scripts', 'docs', 'examples'];
/** A path from the root, whatever it ends in, or the end of the path of a source. */
const NAMED = new RegExp(
  String.raw`(?<![\w./@<>{}*~-])(?:(?:${FOLDERS.join('|')})/[\w./-]*\w|(?:\w[\w.-]*/)*\w[\w.-]*\.(?:tsx?|mjs)\b)`,
  'g',
);

/** The paths of ours that a text names and that do not exist. The end of a source's path is enough; its ending may be left out. */
export function missingPaths(text: string): string[] {
  sources ??= ['src', 'dashboard', 'test', 'bench'].filter(isThere).flatMap(pathsBelow);
  const named = [...text.matchAll(NAMED)].map(([path]) => path).filter(path => !isThere(path));
  return named.filter(path => !sources?.some(one => one.endsWith(`/${path}`) || one.startsWith(`${path}.`)));
}

/** The paths of our TypeScript files, once they were asked for. */
let sources: readonly string[] | undefined;

const isThere = (path: string) => existsSync(join(ROOT, path));

function read(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const code = withoutComments(text);
  return { path, text, code, comments: commentsOf(text), imports: importsOf(code, path) };
}

// A string, a template, a regular expression after what can stand before one, or a comment: only comments are taken out.
const TOKENS =
  /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|(?<=[=(,:[!&|?{};\n]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

function withoutComments(text: string): string {
  return text.replaceAll(TOKENS, token => (isComment(token) ? token.replaceAll(/[^\n]/g, ' ') : token));
}

function commentsOf(text: string): string {
  return (text.match(TOKENS) ?? []).filter(isComment).join('\n');
}

const isComment = (token: string) => /^\/[/*]/.test(token);

const STATIC = /^[ \t]*(import|export)\s+(type\s+)?(?:([\w*{][^'"`;]*?)\sfrom\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

function importsOf(code: string, path: string): Import[] {
  const found = [...code.matchAll(STATIC)].map(([, , type, clause = '', specifier = '']) => ({
    specifier,
    names: namesIn(clause),
    typeOnly: type !== undefined,
  }));
  const lazy = [...code.matchAll(DYNAMIC)].map(([, specifier = '']) => ({ specifier, names: [], typeOnly: false }));
  return [...found, ...lazy].map(one => ({ ...one, ...resolved(one.specifier, path) }));
}

function namesIn(clause: string): string[] {
  return [...clause.matchAll(/(?:^|[{,])\s*(?:type\s+)?(\w+)/g)].map(([, name = '']) => name);
}

function resolved(specifier: string, from: string): Pick<Import, 'target' | 'package'> {
  if (specifier.startsWith('.'))
    return { target: slashed(join(dirname(from), specifier.replace(/\?.*$/, ''))), package: undefined };
  const [scope = '', name] = specifier.split('/');
  return { target: undefined, package: scope.startsWith('@') ? `${scope}/${name}` : scope };
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}
