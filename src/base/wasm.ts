import { setFlagsFromString } from 'node:v8';

/**
 * Leaves WebAssembly as V8 compiles it at first: to be called before a request is sent. undici, and Node's own `fetch`, read
 * answers with a parser in WebAssembly that is mostly one function, which V8 takes for hot after a few small answers. Optimizing
 * it took 0.3 s of CPU and 35 MB beside the program, the program's end waited for it, and no request was cheaper afterwards. It is
 * the only WebAssembly here.
 */
export function leaveWasmUnoptimized(): void {
  // With only one of the two, V8 still optimizes: at once, or by its other rule.
  setFlagsFromString('--no-wasm-tier-up --no-wasm-dynamic-tiering');
}
