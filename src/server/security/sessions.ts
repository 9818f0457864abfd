import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { LoginStore } from '../store/store.ts';
import { type Access, credentialOf, type Tokens } from './tokens.ts';

/** ms for which a login holds: a week. */
export const SESSION_MS = 7 * 24 * 3600 * 1000;
/** Random bytes of a session's name, which is all that the cookie holds. */
const NAME_BYTES = 32;

/** What {@link createSessions} takes. */
export interface SessionOptions extends Tokens {
  readonly logins: LoginStore;
  readonly clock: Clock;
}

/**
 * The logins of browsers. A session's name is random and known to its browser alone: the store keeps a digest of it, so
 * that a copy of the log lets nobody in. A session ends when its browser logs out, after {@link SESSION_MS}, or when the
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

/** Keeps sessions in the store, where every server of one log finds them. */
export function createSessions({ logins, clock, ...tokens }: SessionOptions): Sessions {
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

  return {
    async open(access) {
      const name = randomBytes(NAME_BYTES).toString('base64url');
      const expiresAt = clock.now() + SESSION_MS;
      await logins.save({ digest: digestOf(name), access, credential: credentialOf(access, tokens), expiresAt });
      return name;
    },
    async accessOf(name, socket) {
      const digest = digestOf(name);
      const login = await logins.find(digest);
      if (login === undefined) return undefined;
      if (login.expiresAt <= clock.now() || login.credential !== credentialOf(login.access, tokens)) {
        await logins.remove(digest);
        return undefined;
      }
      remember(digest, socket);
      return login.access;
    },
    async close(name, keep) {
      const digest = digestOf(name);
      await logins.remove(digest);
      for (const socket of sockets.get(digest) ?? []) if (socket !== keep) socket.destroy();
    },
  };
}

function digestOf(name: string): string {
  return createHash('sha256').update(`adw-stream session\0${name}`).digest('hex');
}
