import { messageOf } from '../../../../src/base/errors.ts';
import { openSource } from '../source.ts';
import { exportedSource } from './exported-source.ts';

// Before the page itself is loaded, whose first look at the address says what is shown.
try {
  openSource(await exportedSource(document));
} catch (error) {
  document.getElementById('app')!.textContent = messageOf(error);
  throw error;
}
