import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS, COMMON_OPTIONS } from '../../src/cli/commands.ts';
import { completionScript, SHELLS } from '../../src/cli/completion.ts';
import { main } from '../../src/cli/main.ts';
import { flagOf, OPTION_SPECS } from '../../src/cli/options.ts';
import { temporaryDirectory, testIo } from './helpers.ts';

/** The environment of a shell in which `adw-stream completion ids` answers two ids. */
async function shellEnvironment(): Promise<{ directory: string; env: NodeJS.ProcessEnv }> {
  const directory = await temporaryDirectory();
  // The script asks for the ids through the command itself.
  const program = join(directory, 'adw-stream');
  await writeFile(program, '#!/bin/sh\n[ "$2" = ids ] && printf "aaaa1111\\nbbbb2222\\n"\n');
  await chmod(program, 0o755);
  return { directory, env: { ...process.env, PATH: `${directory}:${process.env.PATH}`, HOME: directory } };
}

/** What bash offers for a command line whose last word is being typed. */
async function bashOffers(words: readonly string[]): Promise<string[]> {
  const { env } = await shellEnvironment();
  const script = `${completionScript('bash')}
COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _adw_stream; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { env, encoding: 'utf8' }).split('\n').filter(Boolean);
}

describe('bash', () => {
  test('completes commands and ids', async () => {
    expect(await bashOffers(['adw-stream', 're'])).toEqual(['replay']);
    expect(await bashOffers(['adw-stream', ''])).toEqual([...COMMANDS.map(({ name }) => name), 'aaaa1111', 'bbbb2222']);
  });

  test('completes ids after the commands that take one, and nothing after the others', async () => {
    expect(await bashOffers(['adw-stream', 'watch', 'b'])).toEqual(['bbbb2222']);
    expect(await bashOffers(['adw-stream', 'serve', ''])).toEqual([]);
    expect(await bashOffers(['adw-stream', 'completion', 'f'])).toEqual(['fish']);
    expect(await bashOffers(['adw-stream', 'store', ''])).toEqual(['copy']);
  });

  test('completes flags and their values', async () => {
    expect(await bashOffers(['adw-stream', 'serve', '--allow'])).toEqual(['--allow-host', '--allow-origin']);
    expect(await bashOffers(['adw-stream', 'tail', '--output', 'p'])).toEqual(['pretty', 'plain']);
    expect(await bashOffers(['adw-stream', 'tail', '-o', 'p'])).toEqual(['pretty', 'plain']);
    expect(await bashOffers(['adw-stream', 'export', '--from', ''])).toEqual(['disk', 'server']);
    // The same flag of another command takes anything.
    expect(await bashOffers(['adw-stream', 'store', '--from', 'd'])).not.toContain('disk');
  });
});

/** Command lines, and what any shell offers for the word being typed. */
const OFFERS: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['re', ['replay']],
  ['watch ', ['aaaa1111', 'bbbb2222']],
  ['serve --allow', ['--allow-host', '--allow-origin']],
  ['tail --output p', ['plain', 'pretty']],
  ['tail -o p', ['plain', 'pretty']],
  ['completion ', ['bash', 'fish', 'zsh']],
  ['store ', ['copy']],
  ['export 1a2b3c4d --from ', ['disk', 'server']],
];

describe('fish', () => {
  test.each(OFFERS)('offers for "%s" what there is', async (line, offered) => {
    const { directory, env } = await shellEnvironment();
    const file = join(directory, 'completion.fish');
    await writeFile(file, completionScript('fish'));
    const script = `source ${file}; complete -C'adw-stream ${line}'`;
    const lines = execFileSync('fish', ['--no-config', '-c', script], { env, encoding: 'utf8' }).trim().split('\n');
    expect(lines.map(text => text.split('\t')[0]).sort()).toEqual(offered);
  });
});

describe('zsh', () => {
  // What zsh found among its hundreds of functions the first shell keeps for the others: to look for them takes it a second.
  let found: string;
  beforeAll(async () => {
    found = await mkdtemp(join(tmpdir(), 'adw-stream-zsh-'));
  });
  afterAll(() => rm(found, { recursive: true, force: true }));

  test.each(OFFERS)('offers for "%s" what there is', async (line, offered) => {
    const { directory, env } = await shellEnvironment();
    const file = join(directory, 'completion.zsh');
    await writeFile(file, completionScript('zsh'));
    // Completion runs in the line editor alone, which wants a terminal: zsh brings one of its own.
    const script = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=; cd ${directory}; autoload -Uz compinit; compinit -u -d ${found}/dump; source ${file}; bindkey '^I' list-choices; print REA''DY"
zpty -r shell seen '*READY*'
zpty -w -n shell $'adw-stream ${line}\t'
zpty -r shell seen '*${offered.join('*')}*' && print -r -- OFFERED
zpty -d shell`;
    expect(execFileSync('zsh', ['-f', '-c', script], { env, encoding: 'utf8' })).toContain('OFFERED');
  });
});

describe('every shell', () => {
  test.each(SHELLS)('%s knows every command and every flag', shell => {
    const script = completionScript(shell);
    for (const { name, options } of COMMANDS) {
      expect(script).toContain(name);
      for (const key of [...options, ...COMMON_OPTIONS]) {
        if (OPTION_SPECS[key].flags === undefined) continue;
        expect(script).toContain(shell === 'fish' ? `-l ${flagOf(key).slice(2)}` : flagOf(key));
      }
    }
  });

  test('gets the ids there are, and nothing where there is no agents directory', async () => {
    const io = await testIo();
    expect([await main(['completion', 'ids'], io), io.out(), io.err()]).toEqual([0, '', '']);
    await mkdir(join(io.cwd, 'agents', 'aaaa1111'), { recursive: true });
    await mkdir(join(io.cwd, 'agents', 'not an id'), { recursive: true });
    expect([await main(['completion', 'ids'], io), io.out()]).toEqual([0, 'aaaa1111\n']);
  });

  test('another one is refused', async () => {
    const io = await testIo();
    expect(await main(['completion', 'bsh'], io)).toBe(2);
    expect(io.err()).toContain('one of bash, zsh, fish, not "bsh". Did you mean bash?');
  });
});
