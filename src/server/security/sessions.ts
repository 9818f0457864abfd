import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { RecordStore } from '../store/store.ts';
import { type Access, credentialOf, type Tokens } from './tokens.ts';

/** ms for which a login holds: a week. */
export const SESSION_MS = 7 * 24 * 3600 * 1000;
/** Random bytes of a session's name, which is all that the cookie holds. */
const NAME_BYTES = 32;

/** What {@link createSessions} takes. */
export interface SessionOptions extends Tokens {
  readonly records: RecordStore;
  readonly clock: Clock;
}

/**
 * The logins of browsers. A session's name is random and known to its browser alone: the store keeps a digest of it, so
 * that a copy of the log admits no client. A session ends when its browser logs out, after {@link SESSION_MS}, or when the
 * token that opened it is no longer one of the server's.
 */
export interface Sessions {
  /** Opens a session for a token that gave `access`. @returns its name, for the cookie */
  open(access: Access): Promise<string>;
  /** What a session may do, or undefined for one that is unknown or over. `socket` is cut when the session is closed. */
  accessOf(name: string, socket: Socket): Promise<Access | undefined>;
  /** Ends a session, with the streams that it opened on this server; all but `keep`, over which the answer goes. */
  close(name: string, keep: Socket): Promise<void>;
}

/** A login as it is kept, under the digest of its session's name. */
const loginSchema = z.object({ access: z.enum(['read', 'write']), credential: z.string(), expires_at: z.number() });

/** Keeps sessions in the store, where every server of one log finds them. */
export function createSessions({ records, clock, ...tokens }: SessionOptions): Sessions {
  const sockets = new Map<string, Set<Socket>>();

  function remember(digest: string, socket: Socket): void {
    const open = sockets.get(digest) ?? new Set();
    if (open.has(socket)) return;
    sockets.set(digest, open.add(socket));
    socket.once('close', () => {
      open.delete(socket);
      if (open.size === 0) sockets.delete(digest);
    });
  }

  /** Logins that were not used again: without this they would be kept for ever. */
  async function removeOld(): Promise<void> {
    for (const { key, value } of await records.all('login')) {
      const login = loginSchema.safeParse(value);
      if (!login.success || login.data.expires_at <= clock.now()) await records.remove('login', key);
    }
  }

  return {
    async open(access) {
      await removeOld();
      const name = randomBytes(NAME_BYTES).toString('base64url');
      const login = { access, credential: credentialOf(access, tokens), expires_at: clock.now() + SESSION_MS };
      await records.put('login', digestOf(name), login);
      return name;
    },
    async accessOf(name, socket) {
      const digest = digestOf(name);
      const kept = loginSchema.safeParse(await records.get('login', digest));
      if (!kept.success) return undefined;
      const login = kept.data;
      if (login.expires_at <= clock.now() || login.credential !== credentialOf(login.access, tokens)) {
        await records.remove('login', digest);
        return undefined;
      }
      remember(digest, socket);
      return login.access;
    },
    async close(name, keep) {
      const digest = digestOf(name);
      await records.remove('login', digest);
      for (const socket of sockets.get(digest) ?? []) if (socket !== keep) socket.destroy();
    },
  };
}

function digestOf(name: string): string {
  return createHash('sha256').update(`adw-stream session\0${name}`).digest('hex');
}
