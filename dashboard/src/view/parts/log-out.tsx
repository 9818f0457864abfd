import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { source } from '../../data/source.ts';

/** Ends the session and shows the way in again. */
async function logOut(): Promise<void> {
  await fetch('/logout', { method: 'POST' });
  location.replace('/login');
}

/** Ends the session that this browser is logged in with; nothing where the server asks for no login. */
export function LogOut() {
  const isLoggedIn = useSignal(false);
  useEffect(() => {
    source()
      .fetchSession()
      .then(
        session => {
          isLoggedIn.value = session.logged_in;
        },
        // Whether there is a session is then unknown: the page's other requests say what is wrong.
        () => {},
      );
  }, []);
  if (!isLoggedIn.value) return null;
  return (
    <button type="button" class="button" onClick={logOut}>
      Log out
    </button>
  );
}
