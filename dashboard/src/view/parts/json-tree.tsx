import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

const MEMBERS_MAX = 200;
const TEXT_MAX = 2000;

/** A JSON value as a tree to open and close. */
export function JsonTree({ value, name = '', depth = 0 }: { value: unknown; name?: string; depth?: number }) {
  const [open, setOpen] = useState(depth < 2);
  if (typeof value !== 'object' || value === null) {
    return (
      <div class="json-line">
        {name !== '' && <span class="json-key">{name}</span>}
        <Leaf value={value} />
      </div>
    );
  }
  const entries = Object.entries(value);
  return (
    <div class="json-node">
      <button type="button" class="json-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class={`twisty ${open ? 'open' : ''}`}>
          <Icon name="chevron" />
        </span>
        {name !== '' && <span class="json-key">{name}</span>}
        <span class="muted">{Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`}</span>
      </button>
      {open && (
        <div class="json-children">
          {entries.slice(0, MEMBERS_MAX).map(([key, child]) => (
            <JsonTree key={key} name={key} value={child} depth={depth + 1} />
          ))}
          {entries.length > MEMBERS_MAX && <p class="muted">and {entries.length - MEMBERS_MAX} more</p>}
        </div>
      )}
    </div>
  );
}

function Leaf({ value }: { value: unknown }) {
  const kind = value === null ? 'null' : typeof value;
  const text = String(value);
  return (
    <span class={`json-value json-${kind}`} dir="auto">
      {text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}… (${text.length} characters)` : text}
    </span>
  );
}
