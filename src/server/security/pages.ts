/** The two plain pages of the guard. They need no image and no other host, and no script to work. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe inside HTML. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? character);
}

/** What a browser shows when its host or origin is refused: why, and the exact flag that would admit it. */
export function forbiddenPage(reason: string, flag: string): string {
  return page(
    'Refused',
    `<p>${escapeHtml(reason)}</p>
<p>If this name is yours, start the server with:</p>
<pre>adw-stream serve ${escapeHtml(flag)}</pre>`,
  );
}

/** The form that turns a token into a cookie. */
export function loginPage(message = ''): string {
  return page(
    'Log in',
    `${message === '' ? '' : `<p role="alert">${escapeHtml(message)}</p>\n`}<form method="post" action="/login">
<input type="hidden" name="view" value="">
<label>Token <input type="password" name="token" autocomplete="current-password" required autofocus></label>
<button>Log in</button>
</form>
<script src="/login.js"></script>`,
  );
}

/**
 * Keeps the view that the person came for, which only the browser knows. A person who came by a link of another site is
 * logged in already, perhaps: the browser shows the session only to requests of pages of ours, such as this one.
 */
export const LOGIN_SCRIPT = `
document.querySelector('input[name=view]').value = location.hash;
fetch('/api/v1/session').then(({ ok }) => { if (ok) location.replace('/' + location.hash); });
`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>${title} · adw-stream</title></head>
<body><main><h1>adw-stream: ${title.toLowerCase()}</h1>
${body}
</main></body>
</html>
`;
}
