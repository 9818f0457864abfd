export * from './limits.ts';
export * from './position.ts';
export * from './schema.ts';
