import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { configTemplate } from '../../../src/cli/command/init.ts';
import { CONFIG_NAME } from '../../../src/cli/config-file.ts';
import { main } from '../../../src/cli/main.ts';
import { configSchema } from '../../../src/cli/schema.ts';
import { testIo } from '../helpers.ts';

interface Row {
  readonly key: string;
  readonly value: unknown;
  readonly origin: string;
}

describe('config', () => {
  test('shows every value with where it came from', async () => {
    const io = await testIo({ env: { ADW_STREAM_PORT: '9001' } });
    await writeFile(join(io.cwd, CONFIG_NAME), '{ "host": "127.0.0.2" }');
    expect(await main(['config', '--json', '--poll', '1s'], io)).toBe(0);
    const rows = new Map((JSON.parse(io.out()) as Row[]).map(row => [row.key, row]));
    expect(rows.get('port')).toMatchObject({ value: 9001, origin: 'ADW_STREAM_PORT' });
    expect(rows.get('host')).toMatchObject({ value: '127.0.0.2', origin: join(io.cwd, CONFIG_NAME) });
    expect(rows.get('poll')).toMatchObject({ value: 1_000, origin: 'flag --poll' });
    expect(rows.get('store')).toMatchObject({ value: 'sqlite', origin: 'default' });
  });

  test('is a record a line with ndjson', async () => {
    const io = await testIo();
    await main(['config', '-o', 'ndjson'], io);
    const rows = io
      .out()
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Row);
    expect(rows[0]).toEqual({ key: 'server', value: 'http://localhost:8500', origin: 'default' });
  });

  test('does not show tokens', async () => {
    const io = await testIo({ env: { ADW_STREAM_TOKEN: 'very-secret' } });
    await main(['config'], io);
    expect(io.out()).toContain('ADW_STREAM_TOKEN');
    expect(io.out()).not.toContain('very-secret');
  });
});

describe('init', () => {
  test('writes a file that changes nothing until a person edits it', async () => {
    const io = await testIo();
    expect(await main(['init'], io)).toBe(0);
    expect(parse(await readFile(join(io.cwd, CONFIG_NAME), 'utf8'))).toEqual({});
    expect(await main(['config'], io)).toBe(0);
  });

  test('never overwrites one', async () => {
    const io = await testIo();
    await writeFile(join(io.cwd, CONFIG_NAME), '{"port": 1}');
    expect(await main(['init'], io)).toBe(2);
    expect(io.err()).toContain('it is there already');
    expect(await readFile(join(io.cwd, CONFIG_NAME), 'utf8')).toBe('{"port": 1}');
  });

  test('gives examples that are valid once the // is taken away', () => {
    const uncommented = configTemplate().replaceAll(/^ {2}\/\/ "/gm, '  "');
    const values: unknown = parse(uncommented, [], { allowTrailingComma: true });
    expect(configSchema.safeParse(values).error?.issues ?? []).toEqual([]);
  });
});
