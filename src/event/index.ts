export * from './close-code.ts';
export * from './columns.ts';
export * from './limits.ts';
export * from './message.ts';
export * from './parse-event.ts';
export * from './position.ts';
export * from './schema.ts';
export * from './types.ts';
