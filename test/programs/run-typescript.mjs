// Runs a TypeScript module in a process of its own, so that a test can kill it: `node run-typescript.mjs file.ts args…`.
// The file exports `main(args)`. Node 20 cannot load TypeScript; vite, which the tests run on, can.
import { runnerImport } from 'vite';

const [file, ...args] = process.argv.slice(2);
const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' });
await module.main(args);
