import { describe, it } from 'vitest';
import { FILES, MONITOR } from './files.ts';

describe('a reference server is told of', () => {
  it.each(Object.entries(FILES))('%s', (_, rule) => rule());
});

describe('what the reference’s monitor gets wrong is told right', () => {
  it.each(Object.entries(MONITOR))('%s', (_, rule) => rule());
});
