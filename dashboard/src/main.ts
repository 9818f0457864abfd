import { askFirst } from './data/first.ts';
import { parseHash } from './state/route.ts';

// Small on purpose: the first rows are asked for while the page itself is still being read.
const { adwId } = parseHash(location.hash);
if (adwId !== '') askFirst(adwId);
void import('./page.tsx');
