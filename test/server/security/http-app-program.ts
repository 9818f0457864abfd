import { silentLogger } from '../../../src/base/log.ts';
import { createHttpApp } from '../../../src/server/http-server.ts';

/** `http-app-program.ts`: makes the server's HTTP application and prints the warnings that it logs, a line each. */
const warn = (message: string, fields = {}) => process.stdout.write(`${JSON.stringify({ message, ...fields })}\n`);
createHttpApp({ log: { ...silentLogger, warn } });
