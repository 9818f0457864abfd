#!/usr/bin/env node
import { main } from '../dist/cli/main.js';

process.exitCode = await main(process.argv.slice(2));
// What a library left open, as the NATS client its socket to a server that says nothing, does not keep us.
setTimeout(() => process.exit(), 1_000).unref();
