import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONFIG_NAME, readConfigFile } from '../../src/cli/config-file.ts';
import { temporaryDirectory } from './helpers.ts';

describe('reading a config file', () => {
  test('the nearest one above the working directory is used', async () => {
    const root = await temporaryDirectory();
    const deep = join(root, 'a', 'b');
    await mkdir(deep, { recursive: true });
    await writeFile(join(root, CONFIG_NAME), '{"port": 1}');
    await writeFile(join(root, 'a', CONFIG_NAME), '{"port": 2}');
    expect(await readConfigFile(undefined, deep)).toMatchObject({
      path: join(root, 'a', CONFIG_NAME),
      values: { port: 2 },
    });
  });

  test('none is fine, unless it was asked for by name', async () => {
    const root = await temporaryDirectory();
    expect(await readConfigFile(undefined, root)).toBeUndefined();
    await expect(readConfigFile('mine.json', root)).rejects.toMatchObject({
      code: 'invalid_option',
      message: `Cannot read the config file ${join(root, 'mine.json')}: there is no such file.`,
    });
  });

  test('comments and trailing commas are allowed, and $schema is for editors', async () => {
    const root = await temporaryDirectory();
    const text =
      '// ours\n{\n  "$schema": "x", /* where */ "server": "http://a//b", // "port": 1\n  "allowHost": ["a",],\n}\n';
    await writeFile(join(root, 'c.json'), text);
    expect((await readConfigFile('c.json', root))?.values).toEqual({ server: 'http://a//b', allowHost: ['a'] });
    await writeFile(join(root, 'c.json'), '{ "a": "/* ,} */ \\" // ,]", /* "b": 1, */ } // the end');
    expect((await readConfigFile('c.json', root))?.values).toEqual({ a: '/* ,} */ " // ,]' });
  });

  test('a value is found again by its line, or by that of what should hold it', async () => {
    const root = await temporaryDirectory();
    await writeFile(join(root, 'c.json'), '// ours\n{\n  "port": 1,\n  "allowHost": [\n    "a",\n    "b"\n  ]\n}\n');
    const where = (await readConfigFile('c.json', root))?.where;
    expect(
      [['port'], ['allowHost', 1], ['allowHost', 7], ['host']].map(place => where?.(place).split(':').at(-1)),
    ).toEqual(['3', '6', '4', '2']);
  });

  test('a byte order mark before it is no part of it', async () => {
    const root = await temporaryDirectory();
    await writeFile(join(root, 'c.json'), '\uFEFF{"port": 1}');
    expect((await readConfigFile('c.json', root))?.values).toEqual({ port: 1 });
  });

  test.each([
    ['{', 'is not JSON'],
    ['{\n"port": 1\n"host": 2}', 'c.json:3 is not JSON: comma expected.'],
    ['[]', 'must hold an object of options'],
    ['null', 'must hold an object of options'],
  ])('%s is refused with a line that names the file', async (text, why) => {
    const root = await temporaryDirectory();
    await writeFile(join(root, 'c.json'), text);
    await expect(readConfigFile('c.json', root)).rejects.toThrow(why);
    await expect(readConfigFile('c.json', root)).rejects.toThrow(join(root, 'c.json'));
  });
});
