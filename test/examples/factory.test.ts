import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FACTORY_DATA, FACTORY_ID, FACTORY_ROWS, factoryFiles } from '../../examples/factory.ts';
import { openDatabase } from '../../src/base/sqlite.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const ROOT = join(import.meta.dirname, '../../examples');
const DATABASE = join(FACTORY_DATA, 'sssf.db');

test("the factory's files on disk are what their story says, byte for byte", () => {
  const files = factoryFiles();
  const found = readdirSync(join(ROOT, 'adws'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
  expect(found.toSorted()).toEqual([...files.keys(), DATABASE].toSorted());
  for (const [path, content] of files) expect(readFileSync(join(ROOT, path), 'utf8'), path).toBe(content);
});

test("the factory's database holds what its story says, and is small", () => {
  const copy = join(temporaryDirectory(), 'copy.db');
  copyFileSync(join(ROOT, DATABASE), copy);
  const database = openDatabase(copy, 0);
  for (const [table, rows] of Object.entries(FACTORY_ROWS)) {
    const found = database.prepare(`SELECT * FROM ${table} ORDER BY rowid`).all();
    expect(found, table).toEqual(rows.map(row => expect.objectContaining(row)));
  }
  expect(statSync(copy).size).toBeLessThan(50_000);
  expect(FACTORY_ID).toMatch(/^[a-z0-9]{8}$/);
});
