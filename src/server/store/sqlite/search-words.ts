import type { Connection } from './connection.ts';
import { ADW_MARK } from './search-groups.ts';

/** NUL would end the query for SQLite; the other begins the words that name ADWs, which no query may contain. */
const NO_WORDS = new RegExp(`[\\0${ADW_MARK}]`, 'g');

/**
 * Opens a function that answers the words of what a person typed, exactly as FTS5 sees them: FTS5 itself takes the query
 * apart, in a table in memory. So no character of it can be an operator, and no word can become a phrase.
 */
export function openSearchWords(connection: Connection): (query: string) => string[] {
  connection.exec(`
    CREATE VIRTUAL TABLE temp.query USING fts5 (text, content='', detail=none);
    CREATE VIRTUAL TABLE temp.query_words USING fts5vocab (temp, query, row);
  `);
  const put = connection.prepare('INSERT INTO temp.query (rowid, text) VALUES (1, ?)');
  const words = connection.prepare('SELECT term FROM temp.query_words');
  const clear = connection.prepare("INSERT INTO temp.query (query) VALUES ('delete-all')");
  return query => {
    put.run(query.replaceAll(NO_WORDS, ' '));
    const found = (words.all() as { term: string }[]).map(({ term }) => term);
    clear.run();
    return found;
  };
}

/** The FTS5 expression that demands all of `words`. */
export function allOf(words: readonly string[]): string {
  return words.map(word => `"${word}"`).join(' AND ');
}
