import { fileURLToPath } from 'node:url';

/** Where the package lies, with a slash at its end. Two levels up from `src/base/` and from what is built into `dist/` alike. */
export const PACKAGE_ROOT = fileURLToPath(new URL('../../', import.meta.url));
