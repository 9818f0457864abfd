import type { FastifyInstance } from 'fastify';

/** What the page is told of alarms, and asks for. */
export interface AlarmReads {
  /** Rules and actions by name, without what may open something. */
  shown(): unknown;
  /** Sends a test alarm by every action. */
  test(): Promise<readonly unknown[]>;
}

/** `GET /api/v1/alarms` and `POST /api/v1/alarms/test`. */
export function alarmRoutes(app: FastifyInstance, { shown, test }: AlarmReads): void {
  app.get('/api/v1/alarms', shown);
  app.post('/api/v1/alarms/test', { config: { ownOrigin: true } }, async () => ({ results: await test() }));
}
