import { EVENT_TYPES, type EventType } from '../../../src/event/types.ts';

/** Every type but raw chunks: what rows, fold and filters are made of. The chunks are read where raw lines are shown. */
export const BODY_TYPES: readonly EventType[] = EVENT_TYPES.filter(type => type !== 'agent_output_chunk');
