/** A UUID: an id and no secret, mostly. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Values that stand for a secret and are none. */
const PLACEHOLDER =
  /^(?:[{<*[].*|your\b.*|your[-_].*|example.*|change[-_]?me.*|placeholder.*|redacted.*|x{3,}.*|\*+|\.+|-+|none|null|nil|undefined|true|false|string|str|required|optional|value)$/i;

/** Whether a value stands for a secret and is none. */
export function isPlaceholder(value: string): boolean {
  return (
    PLACEHOLDER.test(value) ||
    isReference(value) ||
    /(?:your|example|placeholder|xxxx|\.\.\.)/i.test(value.slice(0, 64))
  );
}

/** `${X}`, `$(command)`, `$1`, `$NAME`, `$name`; `%s`, `%20s`, `%1$s`, `%(name)s`, `%{name}`, `%NAME%`; `#{name}`. */
const REFERENCE =
  /^(?:\$(?:[{(]|[A-Z0-9_]+(?![A-Za-z0-9$])|[A-Za-z_]+(?![A-Za-z0-9_]))|%(?:-?\d*[A-Za-z](?![A-Za-z0-9%])|\d\$|[({]|[A-Za-z_]\w*%$)|#\{)/;

/** A variable or a format instead of a value. `$ecret99` could be a variable, but these are short or say what they hold. */
export function isReference(value: string): boolean {
  return (
    REFERENCE.test(value) || /^\$\w{0,4}(?!\w)/.test(value) || /^\$\w*(?:pass|pw|tok|secret|key|cred|auth)/i.test(value)
  );
}

/** Long, with letters and digits in one run, as generated values are and names are not. */
export function looksRandom(value: string): boolean {
  return (
    value.length >= 16 &&
    /[0-9]/.test(value) &&
    /[A-Za-z]/.test(value) &&
    /[A-Za-z0-9]{12}/.test(value) &&
    !isPlaceholder(value)
  );
}
