import { isRecord } from '../../../base/is-record.ts';
import { badRequest, type Fields, isMissing, pythonText, type Translate } from './request.ts';

const REQUIRED = {
  status_update: ['adw_id', 'workflow_name', 'status', 'message', 'timestamp'],
  workflow_log: ['adw_id', 'workflow_name', 'message', 'level', 'timestamp'],
} as const;

/** `POST /api/workflow-updates`: a `status_update` or a `workflow_log`. */
export const workflowUpdates: Translate = ({ type, data }) => {
  if (isMissing(type) || isMissing(data)) throw badRequest("Missing 'type' or 'data' in request");
  if (type !== 'status_update' && type !== 'workflow_log')
    throw badRequest(`Unknown message type: ${pythonText(type)}`);
  if (!isRecord(data)) throw badRequest('data: expected an object');
  requireKeys(data, type, 'Missing required fields: ');
  return {
    events: [{ type, data: { ...data, timestamp: data.timestamp ?? undefined } }],
    answer: clients => ({
      status: 'success',
      message: 'Update broadcasted to all clients',
      clients_count: clients,
    }),
  };
};

/** The reference asks for keys, not for values. @throws AdwStreamError naming the keys that are not there */
export function requireKeys(data: Fields, type: keyof typeof REQUIRED, text: string): void {
  const missing = REQUIRED[type].filter(key => !(key in data));
  if (missing.length > 0) throw badRequest(text + missing.join(', '));
}
