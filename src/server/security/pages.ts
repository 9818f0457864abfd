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

/** The form that turns a token into a cookie. @param view what to show then, as a form that was sent before named it */
export function loginPage(message = '', view = ''): string {
  return page(
    'Log in',
    `${message === '' ? '' : `<p role="alert">${escapeHtml(message)}</p>\n`}<form method="post" action="/login">
<input type="hidden" name="view" value="${escapeHtml(view)}">
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
const view = document.querySelector('input[name=view]');
view.value = location.hash || view.value;
fetch('/api/v1/session').then(({ ok }) => { if (ok) location.replace('/' + view.value); });
`;

/** How both pages look: the dashboard's colours. They are read without it as well. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #d2d2cc; --accent: #4a50cf; --on: #fff; --panel: #fff; --bg: #f7f7f5; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --line: #373a44; --accent: #9aa1ff; --on: #15161a; --panel: #15161a; --bg: #0e0f12; --bad: #ff8a80; }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--bg); font: 14px/1.5 system-ui, sans-serif; }
main { box-sizing: border-box; width: min(380px, 100vw - 32px); padding: 24px; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }
h1 { margin: 0 0 16px; font-size: 16px; }
label { display: block; }
input, button { box-sizing: border-box; width: 100%; height: 36px; margin-top: 6px; padding: 0 10px; border: 1px solid var(--line); border-radius: 6px; font: inherit; }
button { margin-top: 14px; border-color: var(--accent); background: var(--accent); color: var(--on); cursor: pointer; }
pre { overflow-x: auto; }
[role=alert] { color: var(--bad); }
`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>${title} · adw-stream</title><link rel="stylesheet" href="/login.css"></head>
<body><main><h1>adw-stream: ${title.toLowerCase()}</h1>
${body}
</main></body>
</html>
`;
}
