import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TELEMETRY, type TelemetryRow } from '../src/base/telemetry.ts';
import { COMMANDS, COMMON_OPTIONS } from '../src/cli/commands.ts';
import { main } from '../src/cli/main.ts';
import { flagOf, OPTION_KEYS, OPTION_SPECS } from '../src/cli/options.ts';
import { expectationOf, schemaOf } from '../src/cli/schema.ts';
import { testIo } from './cli/helpers.ts';
import {
  connectionLimits,
  errorTable,
  exitTable,
  optionTable,
  refusalTable,
  telemetryTable,
  wireLimits,
} from './reference-tables.ts';
import { missingPaths, ROOT } from './source-files.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const README = read('README.md');
const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs')).map(name => `docs/${name}`),
].filter(path => path.endsWith('.md'));
const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string>; name: string };

/** The lines of a document: those of blocks, fenced or indented, and those of its prose. */
function linesOf(text: string): { blocks: string[]; prose: string[] } {
  let fenced = false;
  const [blocks, prose]: [string[], string[]] = [[], []];
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) fenced = !fenced;
    (fenced || line.startsWith('    ') ? blocks : prose).push(line);
  }
  return { blocks, prose };
}

/** Command lines that a document shows: in blocks, and in the code of a sentence. */
function commandLines(text: string): string[] {
  const { blocks } = linesOf(text);
  const lines = blocks.map(line => line.replace(/\s+#.*$/, '').trim()).filter(line => /^adw-stream\s/.test(line));
  const inline = [...text.matchAll(/`(adw-stream [^`]+)`/g)].map(([, line = '']) => line);
  return [...lines, ...inline];
}

describe('the tables in docs/', () => {
  test('name every option with its key, environment, values and default', () => {
    expect(read('docs/configuration.md')).toContain(optionTable());
  });

  test('name every error', () => {
    expect(read('docs/errors.md')).toContain(errorTable());
  });

  test('name every log line, and every counter of one', () => {
    expect(read('docs/operations.md')).toContain(telemetryTable());
    expect(read('docs/operations.md')).toContain(refusalTable());
    for (const { metric } of Object.values<TelemetryRow>(TELEMETRY))
      if (metric !== undefined)
        expect(read('docs/operations.md')).toMatch(new RegExp(`^\\| \`${metric.name}[\`{].*counter`, 'm'));
  });

  test.each([
    ['docs/protocol.md', wireLimits()],
    ['docs/operations.md', connectionLimits()],
  ])('of limits in %s say what holds', (path, limits) => {
    const [, table = ''] = read(path).split('\n| limit | value | harm it prevents |\n|---|---|---|\n');
    const [rows = ''] = table.split('\n\n');
    expect(rows.split('\n').map(row => row.split(' | ').slice(0, 2))).toEqual(
      limits.map(([limit, value]) => [`| ${limit}`, value]),
    );
  });

  test('name every exit code, and so does README', () => {
    expect(read('docs/errors.md')).toContain(exitTable());
    expect(README).toContain(exitTable());
  });
});

describe('options', () => {
  test.each(OPTION_KEYS)('%s: its default is a value that it takes', key => {
    const spec = OPTION_SPECS[key];
    if (spec.default === undefined) expect(spec.kind === 'switch').toBe(false);
    else
      expect(schemaOf(spec).safeParse(spec.default).success, `${spec.default} is not ${expectationOf(spec)}`).toBe(
        true,
      );
  });

  test('every one with a flag belongs to a command, and no command offers one twice', () => {
    const offered = COMMANDS.flatMap(({ options }) => [...options]);
    const flags = OPTION_KEYS.filter(key => OPTION_SPECS[key].flags !== undefined);
    expect(flags.filter(key => !offered.includes(key) && !COMMON_OPTIONS.includes(key))).toEqual([]);
    for (const { name, options } of COMMANDS) expect([name, new Set(options).size]).toEqual([name, options.length]);
  });

  test.each(COMMANDS.map(spec => [spec.name, spec] as const))(
    'the help of %s names its options',
    async (name, spec) => {
      const io = await testIo();
      await main([name, '--help'], io);
      for (const key of [...spec.options, ...COMMON_OPTIONS]) expect(io.out()).toContain(flagOf(key));
    },
  );
});

describe('what documents tell people to type', () => {
  const lines = [
    ...DOCUMENTS.flatMap(path => commandLines(read(path)).map(line => [path, line] as const)),
    ...COMMANDS.flatMap(({ name, examples }) =>
      examples.map(([line]) => [`${name} --help`, line.replace(/^eval "\$\(|\)"$/g, '')] as const),
    ),
  ];

  test.each(lines)('%s: %s', (_, line) => {
    const [own = ''] = line.split(/\s--(?:\s|$)/);
    const [, first = '', ...rest] = own.split(/\s+/);
    const spec = COMMANDS.find(({ name }) => name === first);
    if (spec === undefined)
      expect(first, 'neither a command nor an id nor a flag').toMatch(
        /^(?:<adw_id>|<command>|[A-Za-z0-9]{8}|--help|--version|help)$/,
      );
    const flags = rest.filter(word => word.startsWith('--')).map(word => word.split('=')[0]);
    const known = spec ? [...spec.options, ...COMMON_OPTIONS].map(flagOf) : [];
    expect(flags.filter(flag => flag !== '--help' && spec && !known.includes(flag ?? ''))).toEqual([]);
  });

  test('README’s two commands are scripts of the package', () => {
    for (const [, script = ''] of README.matchAll(/npm ci && npm (\w+)/g))
      expect(manifest.scripts).toHaveProperty(script);
    expect(README).toContain('npm ci && npm start');
    expect(README).toContain('npm ci && npm test');
  });

  test('every `npm run` that is named exists', () => {
    const named = DOCUMENTS.flatMap(path =>
      [...read(path).matchAll(/(?:`|^ *)npm run ([\w:-]+)/gm)].map(([, name = '']) => name),
    );
    expect(named.filter(name => !(name in manifest.scripts))).toEqual([]);
  });

  test('README has every command', () => {
    for (const { name } of COMMANDS) expect(README).toContain(`\`adw-stream ${name}`);
  });
});

describe('links and paths', () => {
  test.each(DOCUMENTS)('%s leads only to files that exist', path => {
    const targets = [...read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = '']) => target);
    expect(targets.filter(target => !existsSync(join(ROOT, dirname(path), target)))).toEqual([]);
  });

  test.each(DOCUMENTS)('%s names only files that exist', path => {
    expect(missingPaths(linesOf(read(path)).prose.join('\n'))).toEqual([]);
  });

  test('docs/README.md leads to every document', () => {
    const index = read('docs/README.md');
    const pages = readdirSync(join(ROOT, 'docs')).filter(name => name.endsWith('.md') && name !== 'README.md');
    expect(pages.filter(name => !index.includes(`(${name})`))).toEqual([]);
  });
});
