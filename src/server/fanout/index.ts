export { createFanout, type Fanout, type FanoutOptions, type FanoutStats } from './fanout.ts';
export { FANOUT_LIMITS, type FanoutLimits } from './limits.ts';
export { fanoutRoutes, WEBSOCKET_OPTIONS } from './routes.ts';
