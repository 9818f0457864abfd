import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isEventType } from '../src/event/types.ts';
import { missingPaths, ROOT, type SourceFile, sourceFiles } from './source-files.ts';
import { longFunctions } from './source-functions.ts';

/** The house rules, as data and as tests: docs/decisions.md says why. */

const SRC = sourceFiles('src');
const DASHBOARD = sourceFiles('dashboard/src');
const TESTS = sourceFiles('test');
const everything = [...SRC, ...DASHBOARD, ...TESTS, ...(existsSync(join(ROOT, 'bench')) ? sourceFiles('bench') : [])];

const PLAIN_STRUCTURES = ['src/base/bounded-map.ts', 'src/base/first-index.ts'];

/** Which folder may import from which, by the longest matching path. A folder may always import itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/base/': [],
  'src/event/': ['src/base/'],
  'src/adw/': ['src/event/', 'src/base/'],
  'src/otel/': ['src/event/', 'src/adw/', 'src/base/'],
  'src/client/': ['src/event/', 'src/adw/', 'src/base/'],
  'src/export/': ['src/event/', 'src/adw/', 'src/base/'],
  'src/sidecar/discover/': ['src/sidecar/flow.ts', 'src/event/', 'src/adw/', 'src/base/'],
  'src/sidecar/tail/': ['src/sidecar/flow.ts', 'src/event/', 'src/adw/', 'src/base/'],
  'src/sidecar/parse/': ['src/sidecar/flow.ts', 'src/event/', 'src/adw/', 'src/base/'],
  'src/sidecar/deliver/': ['src/sidecar/flow.ts', 'src/event/', 'src/adw/', 'src/base/'],
  // `replay --rejected` sends again what was refused, `verify` compares the disk with the log: more than one stage's work.
  'src/sidecar/replay/': [
    'src/sidecar/flow.ts',
    'src/sidecar/options.ts',
    'src/sidecar/deliver/answer.ts',
    'src/sidecar/deliver/connect.ts',
    'src/sidecar/deliver/delivery.ts',
    'src/sidecar/deliver/read-dead-letters.ts',
    'src/sidecar/deliver/transport.ts',
    'src/sidecar/discover/tree.ts',
    'src/sidecar/parse/files/diagnostic-events.ts',
    'src/sidecar/tail/',
    'src/event/',
    'src/adw/',
    'src/base/',
  ],
  // What flows between the stages and what is asked of them; only the pipeline and `replay/` know the stages.
  'src/sidecar/flow.ts': ['src/event/', 'src/adw/', 'src/base/'],
  'src/sidecar/options.ts': ['src/sidecar/flow.ts', 'src/event/', 'src/adw/', 'src/base/'],
  'src/sidecar/': ['src/event/', 'src/adw/', 'src/base/'],
  'src/server/ingest/': ['src/server/store/store.ts', 'src/event/', 'src/adw/', 'src/base/'],
  'src/server/fanout/': ['src/server/store/store.ts', 'src/event/', 'src/adw/', 'src/base/'],
  'src/server/api/': ['src/server/store/store.ts', 'src/export/', 'src/event/', 'src/adw/', 'src/base/'],
  'src/server/alarms/': ['src/server/store/store.ts', 'src/event/', 'src/adw/', 'src/base/'],
  'src/server/otel/': ['src/server/store/store.ts', 'src/otel/', 'src/event/', 'src/adw/', 'src/base/'],
  'src/server/security/': ['src/server/store/store.ts', 'src/event/', 'src/adw/', 'src/base/'],
  'src/server/store/sqlite/': ['src/server/store/', 'src/event/', 'src/adw/', 'src/base/'],
  'src/server/store/jetstream/': ['src/server/store/', 'src/event/', 'src/adw/', 'src/base/'],
  'src/server/store/': ['src/server/options.ts', 'src/event/', 'src/adw/', 'src/base/'],
  'src/server/': ['src/otel/', 'src/event/', 'src/adw/', 'src/base/'],
  'src/cli/': [
    'src/otel/',
    'src/sidecar/',
    'src/server/',
    'src/client/',
    'src/export/',
    'src/event/',
    'src/adw/',
    'src/base/',
  ],
  'dashboard/src/': [
    'src/client/',
    'src/event/',
    'src/adw/',
    'src/export/shape.ts',
    'src/base/errors.ts',
    ...PLAIN_STRUCTURES,
  ],
};

/** The one folder that each outside package is imported in. */
const PACKAGE_HOME: Readonly<Record<string, string>> = {
  fastify: 'src/server/',
  '@fastify/cors': 'src/server/',
  '@fastify/rate-limit': 'src/server/',
  '@fastify/static': 'src/server/',
  '@fastify/websocket': 'src/server/',
  ws: 'src/server/',
  'prom-client': 'src/server/',
  '@photostructure/sqlite': 'src/base/sqlite.ts',
  '@nats-io/transport-node': 'src/server/store/jetstream/',
  '@nats-io/kv': 'src/server/store/jetstream/',
  '@nats-io/obj': 'src/server/store/jetstream/',
  '@nats-io/jetstream': 'src/server/store/jetstream/',
  '@opentelemetry/otlp-transformer': 'src/otel/',
  chokidar: 'src/sidecar/discover/',
  undici: 'src/sidecar/deliver/',
  '@pydantic/genai-prices': 'src/sidecar/parse/',
  commander: 'src/cli/',
  ora: 'src/cli/',
  'string-width': 'src/cli/',
  '@clack/prompts': 'src/cli/',
  'jsonc-parser': 'src/cli/',
  preact: 'dashboard/src/',
  '@preact/signals': 'dashboard/src/',
  marked: 'dashboard/src/view/parts/',
  dompurify: 'dashboard/src/view/parts/',
  'highlight.js': 'dashboard/src/view/parts/',
  uplot: 'dashboard/src/view/tabs/',
  diff: 'dashboard/src/base/',
};

/** Our language for what comes from outside, which is everywhere. */
const PACKAGES_AT_HOME_EVERYWHERE = ['zod'];

/** The one file that knows the formats of agents' lines. */
const FORMAT_REGISTRY = 'src/sidecar/parse/formats/registry.ts';

/** What may lie in `src/sidecar/` outside of its stages: the pipeline, options and shared types. */
const OUTSIDE_STAGES = ['pipeline.ts', 'options.ts', 'flow.ts'];

const STATE_IN_A_CLOSURE = 'one state, and the small functions around it, as a class would be';

/** A function that is longer is two. */
const FUNCTION_LINES_MAX = 70;

/** The functions that are longer all the same, and why. */
const LONG_FUNCTIONS: Readonly<Record<string, string>> = {
  'src/server/store/jetstream/log-tailer.ts tailLog': STATE_IN_A_CLOSURE,
  'src/server/store/jetstream/health.ts watchHealth': STATE_IN_A_CLOSURE,
  'src/server/store/jetstream/open.ts openOn': STATE_IN_A_CLOSURE,
  'src/server/store/sqlite/health.ts openHealth': STATE_IN_A_CLOSURE,
  'src/server/store/sqlite/search-indexer.ts openSearchIndexer': STATE_IN_A_CLOSURE,
  'src/server/store/sqlite/sqlite-store.ts assembleStore': STATE_IN_A_CLOSURE,
};

/** Where no disk, network, clock or chance is reached: the same input gives the same output. */
const PURE = ['src/event/', 'src/adw/', 'src/sidecar/parse/', 'src/otel/spans/'];
const PURE_BUILT_INS = ['node:crypto', 'node:buffer', 'node:path', 'node:util'];

/** The test files of which a part is left out somewhere, and why. What tests drive is no reason: `npm test` installs it. */
const CONDITIONAL: Readonly<Record<string, string>> = {
  'test/dashboard/totals.test.ts': 'trees of other projects, which ADW_STREAM_TEST_TREES names',
  'test/e2e/gemini-opencode.test.ts': 'fetches 460 MB: ADW_STREAM_AGENTS=1',
  'test/e2e/pi-codex.test.ts': 'npm has the Node that Pi wants as a package for Linux on x64 and arm64 alone',
  'test/e2e/runtimes.test.ts': 'npm has other versions of Node as packages for Linux on x64 and arm64 alone',
  'test/e2e/server-adversity.test.ts': 'a small disk is a mount, which containers refuse',
  'test/scripts/prepare-tests.test.ts': 'only root is root',
  'test/server/ingest/events.test.ts': 'zstd is in Node 22, not in 20',
  'test/server/store/jetstream/cluster.test.ts': 'takes minutes: ADW_STREAM_CLUSTER=1',
  'test/sidecar/parse/files/diagnostics.test.ts': 'a limit of watches is a namespace, which containers refuse',
};

/** The tests of the whole, of a page in a browser, of documents and of the tests themselves: no source has their place. */
const WITHOUT_SOURCE = /^test\/(?:(?:bench|docs|e2e|examples|scripts|setup)\/.*|(?:dashboard\/)?[^/]*)$/;

/** Where a program or a package export begins. */
const ENTRIES = ['src/cli/main.ts', 'src/client/index.ts', 'src/event/index.ts'];

function folderOf(path: string): string {
  const folders = Object.keys(ALLOWED).filter(folder => path.startsWith(folder));
  return folders.toSorted((a, b) => b.length - a.length)[0] ?? '';
}

/** "file: what is wrong", for each finding; a test fails with all of them. */
function findings(files: readonly SourceFile[], find: (file: SourceFile) => Iterable<string>): string[] {
  return files.flatMap(file => [...find(file)].map(what => `${file.path}: ${what}`));
}

describe('imports', () => {
  test('every file lies in a folder that has rules', () => {
    expect(findings([...SRC, ...DASHBOARD], ({ path }) => (folderOf(path) === '' ? ['no rules'] : []))).toEqual([]);
  });

  test('go only where the folder may look', () => {
    const forbidden = findings([...SRC, ...DASHBOARD], ({ path, imports }) => {
      const folder = folderOf(path);
      const allowed = [folder, ...(ALLOWED[folder] ?? [])];
      return imports.flatMap(({ target }) =>
        target === undefined || allowed.some(prefix => target.startsWith(prefix)) ? [] : [`imports ${target}`],
      );
    });
    expect(forbidden).toEqual([]);
  });

  test('of a format of lines are its own and the registry’s: nothing else knows its lines', () => {
    const knowing = findings(SRC, ({ path, imports }) =>
      imports.flatMap(({ target = '' }) => {
        const [format] = /^src\/sidecar\/parse\/formats\/[^/]+\//.exec(target) ?? [];
        return format === undefined || path.startsWith(format) || path === FORMAT_REGISTRY ? [] : [`imports ${target}`];
      }),
    );
    expect(knowing).toEqual([]);
  });

  test('of outside packages stay in one folder', () => {
    const strays = findings([...SRC, ...DASHBOARD], ({ path, imports }) =>
      imports.flatMap(({ package: name }) => {
        if (name === undefined || name.startsWith('node:') || PACKAGES_AT_HOME_EVERYWHERE.includes(name)) return [];
        const home = PACKAGE_HOME[name];
        if (home === undefined) return [`imports ${name}, which has no home in this test`];
        return path.startsWith(home) ? [] : [`imports ${name}`];
      }),
    );
    expect(strays).toEqual([]);
  });

  test('name what they load: what a call of another kind loads, no rule here sees', () => {
    const unseen = /\b(?:createRequire|require|getBuiltinModule)\b|\bimport\((?!\s*'')/g;
    const found = findings([...SRC, ...DASHBOARD], ({ code }) =>
      [...withoutStrings(code).matchAll(unseen)].map(([what]) => what),
    );
    expect(found).toEqual([]);
  });

  test('name files that exist, with their extension', () => {
    const missing = findings(everything, ({ imports }) =>
      imports.flatMap(({ target }) =>
        // What is built, and what tests fetch when they run, is not there before.
        target === undefined || existsSync(join(ROOT, target)) || /^dist\/|\/node_modules\//.test(target)
          ? []
          : [`imports ${target}`],
      ),
    );
    expect(missing).toEqual([]);
  });

  test('make no circle', () => {
    expect(cycles([...SRC, ...DASHBOARD])).toEqual([]);
  });

  test('reach every file: there are no orphans', () => {
    const reached = reachable(
      [...SRC, ...DASHBOARD],
      [...ENTRIES, ...DASHBOARD.filter(isDashboardEntry).map(f => f.path)],
    );
    // What declares a package's types is referred to, not imported.
    const ours = SRC.map(({ path }) => path).filter(path => !path.endsWith('.d.ts'));
    expect(ours.filter(path => !reached.has(path))).toEqual([]);
  });
});

describe('pure folders', () => {
  const pure = SRC.filter(({ path }) => PURE.some(folder => path.startsWith(folder)));

  test('reach no disk and no network', () => {
    const reaching = findings(pure, ({ imports }) =>
      imports.flatMap(({ package: name }) =>
        name?.startsWith('node:') && !PURE_BUILT_INS.includes(name) ? [`imports ${name}`] : [],
      ),
    );
    expect(reaching).toEqual([]);
  });

  test('read no clock and throw no dice', () => {
    const reads = /\bDate\.now\(|\bnew Date\(\)|\bsystemClock\b|\bperformance\.now\(|\bMath\.random\(|\bprocess\./g;
    expect(findings(pure, ({ code }) => [...code.matchAll(reads)].map(([what]) => what))).toEqual([]);
  });
});

describe('code', () => {
  test('has no any', () => {
    const pattern = /(?:[:<,|&(]\s*|\bas\s+|=>\s*)any\b(?!\w)(?=\s*[;,)>\]|&={]|\[\])/g;
    expect(
      findings(everything, ({ code }) => [...withoutStrings(code).matchAll(pattern)].map(([what]) => what)),
    ).toEqual([]);
  });

  test('has no leftovers and silences no checker', () => {
    const words = ['TODO', 'FIXME', 'XXX', '@ts-ignore', '@ts-expect-error', '@ts-nocheck', 'biome-ignore'];
    const here = 'test/architecture.test.ts';
    const left = findings(
      everything.filter(({ path }) => path !== here),
      ({ text }) => words.filter(word => new RegExp(`(?<!\\w)${word}\\b`).test(text)),
    );
    expect(left).toEqual([]);
  });

  test('names in its comments only files that exist', () => {
    expect(findings(everything, ({ comments }) => missingPaths(comments))).toEqual([]);
  });

  test('says of a set of event types that it is one: the compiler then knows of a type that is not', () => {
    const untyped = findings([...SRC, ...DASHBOARD], ({ code }) =>
      [...code.matchAll(/\bnew Set\(\[([^\]]+)\]\)/g)].flatMap(([set, members = '']) => {
        const names = [...members.matchAll(/'([^']*)'/g)].map(([, name]) => name);
        return names.length > 0 && names.every(isEventType) ? [set] : [];
      }),
    );
    expect(untyped).toEqual([]);
  });

  test('of tests is neither skipped nor focused, and mocks none of our modules', () => {
    // As a modifier, as an option and as what a test is handed.
    const forbidden = /\.(?:only|skip|todo|fails)\b|\b(?:only|skip|todo)(?=[(:])|\bvi\.(?:mock|spyOn)\b/g;
    const found = findings(TESTS, ({ code }) => [...withoutStrings(code).matchAll(forbidden)].map(([what]) => what));
    expect(found).toEqual([]);
  });

  test('of tests runs everywhere, but for what some machines refuse', () => {
    const conditional = TESTS.filter(({ code }) => /\.(?:skipIf|runIf)\(/.test(code)).map(({ path }) => path);
    expect(conditional.filter(path => CONDITIONAL[path] === undefined)).toEqual([]);
    expect(Object.keys(CONDITIONAL).filter(path => !conditional.includes(path))).toEqual([]);
  });

  test('of tests lies in the folder of what it tests, and where the source does that it is named for', () => {
    const sources = [...SRC, ...DASHBOARD].map(({ path }) =>
      path.replace(/^src\/|(?<=^dashboard\/)src\/|\.tsx?$/g, ''),
    );
    const tests = TESTS.flatMap(({ path }) =>
      WITHOUT_SOURCE.test(path) ? [] : (/^test\/(.+)\.test\.ts$/.exec(path)?.[1] ?? []),
    );
    const misplaced = tests.filter(place => {
      const [part = ''] = place.split('/');
      const namesakes = sources.filter(source => source.startsWith(`${part}/`) && basename(source) === basename(place));
      const mayLieHere = namesakes.length === 0 || namesakes.includes(place);
      return !mayLieHere || !sources.some(source => source.startsWith(`${dirname(place)}/`));
    });
    expect(misplaced).toEqual([]);
  });

  test('exports by name only', () => {
    const inSource = SRC.filter(({ code }) => /^export default\b/m.test(code));
    expect(inSource.map(({ path }) => path)).toEqual([]);
  });

  test('says in a docstring what every function, class and type is that another folder imports', () => {
    const shared = namesUsedElsewhere([...SRC, ...DASHBOARD]);
    expect(findings(SRC, file => undocumented(file, shared))).toEqual([]);
  });

  test('lies in functions of at most 70 lines, but for a few with a reason', () => {
    const long = [...SRC, ...DASHBOARD].flatMap(file =>
      longFunctions(file, FUNCTION_LINES_MAX).map(name => `${file.path} ${name}`),
    );
    expect(long.filter(name => LONG_FUNCTIONS[name] === undefined)).toEqual([]);
    expect(Object.keys(LONG_FUNCTIONS).filter(name => !long.includes(name))).toEqual([]);
  });

  test('of the sidecar lies in its stages, beside the pipeline, options and shared types', () => {
    const loose = SRC.flatMap(({ path }) => /^src\/sidecar\/([^/]+)$/.exec(path)?.[1] ?? []);
    expect(loose.filter(name => !OUTSIDE_STAGES.includes(name))).toEqual([]);
  });

  test('lies in files of at most 400 lines with names in kebab-case', () => {
    const long = findings([...SRC, ...DASHBOARD], ({ text }) => (text.split('\n').length > 401 ? ['is too long'] : []));
    const named = findings(everything, ({ path }) =>
      /^[a-z0-9-]+(\.[a-z0-9-]+)*\.tsx?$/.test(path.split('/').at(-1) ?? '') ? [] : ['is not in kebab-case'],
    );
    expect([...long, ...named]).toEqual([]);
  });
});

describe('the package', () => {
  test('names every package it imports, and installs only what it has to: the others are in the bundle', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const imported = SRC.flatMap(({ imports }) => imports.map(one => one.package));
    const installed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    const named = new Set([...installed, ...Object.keys({ ...manifest.devDependencies })]);
    expect(installed.filter(name => !imported.includes(name))).toEqual([]);
    expect(imported.filter(name => name !== undefined && !name.startsWith('node:') && !named.has(name))).toEqual([]);
  });
});

function withoutStrings(code: string): string {
  return code.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "''");
}

function isDashboardEntry({ path }: SourceFile): boolean {
  return /^dashboard\/src\/(?:main|exported)\.tsx?$/.test(path) || /\.d\.ts$/.test(path);
}

/** Exports without a docstring right above. Overloads after the first, and re-exports, need none. */
function* undocumented({ path, text }: SourceFile, shared: ReadonlySet<string>): Iterable<string> {
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const [, kind, name] = /^export (?:async |abstract )?(function\*?|class|interface|type) (\w+)/.exec(line) ?? [];
    if (kind === undefined || !shared.has(`${path} ${name}`)) continue;
    const above = lines[index - 1] ?? '';
    if (above.trimEnd().endsWith('*/') || above.includes(` function ${name}(`)) continue;
    yield `${kind} ${name} has no docstring`;
  }
}

/** `file name` of every export that a file of another folder imports by name. */
function namesUsedElsewhere(files: readonly SourceFile[]): Set<string> {
  const names = files.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => target !== undefined && dirname(target) !== dirname(path))
      .flatMap(({ target, names: imported }) => imported.map(name => `${target} ${name}`)),
  );
  return new Set(names);
}

function graphOf(files: readonly SourceFile[], withTypes: boolean): Map<string, string[]> {
  return new Map(
    files.map(({ path, imports }) => [
      path,
      imports.flatMap(({ target, typeOnly }) => (target === undefined || (typeOnly && !withTypes) ? [] : [target])),
    ]),
  );
}

function reachable(files: readonly SourceFile[], entries: readonly string[]): Set<string> {
  const graph = graphOf(files, true);
  const reached = new Set<string>();
  const queue = [...entries];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    queue.push(...(graph.get(path) ?? []));
  }
  return reached;
}

/** Circles of imports, those of types included: two files that name each other cannot be read one after the other. */
function cycles(files: readonly SourceFile[]): string[] {
  const graph = graphOf(files, true);
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push([...trail.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}
