import { createHttpApp } from '../../../src/server/http-server.ts';
import { createRefusalLog } from '../../../src/server/security/refusals.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

/** `http-app-program.ts`: makes the server's HTTP application and prints the fields of what it logs, a line each. */
const { log, recorded } = recordingLogger();
createHttpApp({ log, refusals: createRefusalLog(log) });
for (const { fields } of recorded) process.stdout.write(`${JSON.stringify(fields)}\n`);
