// Runs a TypeScript module in a process of its own, so that a test can kill it: `node run-typescript.mjs file.ts args…`.
// The module does its work at the top level (imports inside it work until it ends) and finds `args` in process.argv from 2.
// Node 20 cannot load TypeScript; vite, which the tests run on, can.
import { runnerImport } from 'vite';

const [file] = process.argv.splice(2, 1);
await runnerImport(file, { configFile: false, logLevel: 'error' });
