import type { ComponentChildren } from 'preact';
import { AdwStreamError } from '../../../../src/base/errors.ts';
import { source } from '../../data/source.ts';
import { Icon } from './icon.tsx';

/** That the server no longer lets this browser in, with the way in, which leads back to what is shown. */
export function SessionEnded({ children }: { children?: ComponentChildren }) {
  return (
    <div class="bar bad" role="alert">
      <Icon name="warning" />
      <span>Your session has ended. {children}</span>
      <a class="button" href={`/login${location.hash}`}>
        Log in again
      </a>
    </div>
  );
}

/** Whether the server answers, and asks for a token. */
export async function isSessionOver(): Promise<boolean> {
  try {
    await source().fetchSession();
    return false;
  } catch (error) {
    return isUnauthorized(error);
  }
}

/** Whether an answer was refused for want of a session. */
export const isUnauthorized = (error: unknown): boolean =>
  error instanceof AdwStreamError && error.code === 'unauthorized';
