import { describe, it } from 'vitest';
import { TOLD_RULES } from './told.ts';

describe('a server of the reference is told', () => {
  it.each(Object.entries(TOLD_RULES))('%s', (_, rule) => rule());
});
