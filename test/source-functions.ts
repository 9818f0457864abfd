import { parseSync, Visitor } from 'vite';

/**
 * The names of the functions of a TypeScript file that have more lines than that, also of those within others: their own
 * name, that of what they are assigned to, or `line 12`. @param path tells by its ending whether there is JSX
 */
export function longFunctions({ path, text }: { path: string; text: string }, linesMax: number): string[] {
  const found: string[] = [];
  const names = new Map<number, string>();
  const linesOf = (start: number, end: number) => text.slice(start, end).split('\n').length;
  const take = ({ start, end }: Span, id?: { name: string } | null) => {
    if (linesOf(start, end) > linesMax) found.push(id?.name ?? names.get(start) ?? `line ${linesOf(0, start)}`);
  };
  new Visitor({
    VariableDeclarator: ({ id, init }) => void (id.type === 'Identifier' && init && names.set(init.start, id.name)),
    MethodDefinition: ({ key, value }) => void (key.type === 'Identifier' && names.set(value.start, key.name)),
    FunctionDeclaration: node => take(node, node.id),
    FunctionExpression: node => take(node, node.id),
    ArrowFunctionExpression: node => take(node),
  }).visit(parseSync(path, text).program);
  return found;
}

interface Span {
  readonly start: number;
  readonly end: number;
}
