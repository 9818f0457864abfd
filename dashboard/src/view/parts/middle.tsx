/** Characters above which a text is worth splitting: shorter ones have room, or tell little. */
const SHORT = 14;
/** Characters kept of the end of what is no path: where arguments of commands, and ids, tell them from others. */
const TAIL = 18;
/** Characters of a path's last name above which it loses its own middle. */
const NAME_MAX = 60;

/** How many characters of the end stay where a text has no room: a path's last name, else a third; 0 for a short text. Pure. */
export function tailOf(text: string, isPath = isOnePath(text)): number {
  if (text.length <= SHORT) return 0;
  const name = text.length - text.lastIndexOf('/') - 1;
  const tail =
    isPath && name > 0 && name < Math.min(NAME_MAX, text.length) ? name : Math.min(TAIL, Math.floor(text.length / 3));
  // Not between the two halves of a character.
  return /[\udc00-\udfff]/.test(text[text.length - tail] ?? '') ? tail - 1 : tail;
}

/** A word with slashes in it. */
const isOnePath = (text: string): boolean => /^\S*\/\S+$/.test(text);

interface MiddleProps {
  readonly text: string;
  /** Whether it is a path; else it is looked at. */
  readonly isPath?: boolean;
  readonly class?: string;
  /** All of it where that is more than what is shown. */
  readonly title?: string | undefined;
}

/** A text on one line which loses its middle where it has no room: both ends of ids, paths and commands tell them from others. */
export function Middle({ text, isPath, class: className = '', title = text }: MiddleProps) {
  const tail = tailOf(text, isPath);
  return (
    <span class={`middle ${className}`} dir="auto" title={title}>
      {tail > 0 && <span class="middle-head">{text.slice(0, -tail)}</span>}
      <span class="middle-tail">{tail > 0 ? text.slice(-tail) : text}</span>
    </span>
  );
}

/** A path whose last name is read first: directories are grey and lose their end before the name loses its middle. */
export function FilePath({ path, title = path }: { path: string; title?: string }) {
  const at = path.lastIndexOf('/') + 1;
  return (
    <span class="middle file-path" dir="ltr" title={title}>
      {at > 0 && <span class="middle-head muted">{path.slice(0, at)}</span>}
      <b class="middle-tail">
        <Middle text={path.slice(at)} isPath={false} title={title} />
      </b>
    </span>
  );
}
