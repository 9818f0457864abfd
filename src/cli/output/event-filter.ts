import { AdwStreamError } from '../../base/errors.ts';
import type { NewEvent } from '../../event/schema.ts';
import { EVENT_TYPES, isEventType } from '../../event/types.ts';
import { didYouMean } from '../nearest.ts';
import type { Settings } from '../options.ts';

/** Which events are wanted, and which of their lines. */
export interface EventFilter {
  wants(event: NewEvent): boolean;
  wantsLine(text: string): boolean;
}

/**
 * The filter that `--role`, `--type`, `--since`, `--include` and `--exclude` ask for.
 * @param nowMs what `--since` is counted from, ms since the Unix epoch
 * @throws AdwStreamError invalid_option for a type that does not exist
 */
export function createEventFilter(
  { role, type, since, include, exclude }: Pick<Settings, 'role' | 'type' | 'since' | 'include' | 'exclude'>,
  nowMs: number,
): EventFilter {
  for (const name of type) {
    if (isEventType(name)) continue;
    const message = `--type wants a type of event, not ${JSON.stringify(name)}.${didYouMean(name, EVENT_TYPES)}`;
    throw new AdwStreamError('invalid_option', message);
  }
  const roles = role.map(matcher);
  const oldest = since === undefined ? Number.NEGATIVE_INFINITY : nowMs - since;
  return {
    wants({ type: name, data }) {
      if (type.length > 0 && !type.includes(name)) return false;
      if (roles.length > 0 && !roles.some(matches => matches(data.agent_role ?? ''))) return false;
      // What has no known time cannot be said to be too old.
      return !(Date.parse(data.timestamp ?? '') < oldest);
    },
    wantsLine: text => (include === undefined || include.test(text)) && (exclude === undefined || !exclude.test(text)),
  };
}

function matcher(pattern: string): (role: string) => boolean {
  const parts = pattern.split('*').map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const regex = new RegExp(`^${parts.join('.*')}$`);
  return role => regex.test(role);
}
