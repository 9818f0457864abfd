export { createFanout, type Fanout, type FanoutOptions, type FanoutStats } from './fanout.ts';
export { fanoutRoutes, WEBSOCKET_OPTIONS } from './routes.ts';
