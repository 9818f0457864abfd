import type { ComponentChildren } from 'preact';
import { clock, fullTime } from '../../base/text.ts';
import { copy } from '../../state/store.ts';
import { Icon, type IconName } from './icon.tsx';

const STATUS: Readonly<Record<string, { icon: IconName; word: string; tone: string }>> = {
  pending: { icon: 'ring', word: 'pending', tone: 'muted' },
  running: { icon: 'play', word: 'running', tone: 'live' },
  waiting: { icon: 'clock', word: 'waiting', tone: 'live' },
  between_roles: { icon: 'clock', word: 'between roles', tone: 'live' },
  stalled: { icon: 'warning', word: 'stalled', tone: 'warn' },
  completed: { icon: 'ok', word: 'completed', tone: 'good' },
  failed: { icon: 'error', word: 'failed', tone: 'bad' },
  stopped: { icon: 'warning', word: 'stopped', tone: 'warn' },
  unfinished: { icon: 'warning', word: 'unfinished', tone: 'warn' },
  skipped: { icon: 'skip', word: 'skipped', tone: 'muted' },
  ended_without_result: { icon: 'warning', word: 'ended, no result', tone: 'warn' },
  ok: { icon: 'ok', word: 'ok', tone: 'good' },
  error: { icon: 'error', word: 'error', tone: 'bad' },
};

const UNKNOWN = { icon: 'ring', word: 'unknown', tone: 'muted' } as const;

/** The appearance of a status: icon, word, tone. Never colour alone. */
export const statusAppearance = (status: string): { icon: IconName; word: string; tone: string } =>
  STATUS[status] ?? UNKNOWN;

/** A status as icon and word. `quiet` keeps the word for assistive technology only. */
export function Status({ status, quiet = false }: { status: string; quiet?: boolean }) {
  const { icon, word, tone } = statusAppearance(status);
  return (
    <span class={`status tone-${tone} ${status === 'running' ? 'is-live' : ''}`} title={quiet ? word : undefined}>
      <Icon name={icon} />
      <span class={quiet ? 'sr' : ''}>{word}</span>
    </span>
  );
}

/** A moment: local wall clock, UTC on hover; worked out only then, for it costs as much as the rest of a row. */
export function Time({ ms, class: className = '' }: { ms: number; class?: string }) {
  if (!Number.isFinite(ms)) return <span class={`time ${className}`}>–</span>;
  return (
    <time
      class={`time ${className}`}
      dateTime={new Date(ms).toISOString()}
      onPointerEnter={event => {
        event.currentTarget.title = fullTime(ms);
      }}
    >
      {clock(ms)}
    </time>
  );
}

/** A small labelled value in a line. */
export function Chip({ tone = '', title, children }: { tone?: string; title?: string; children: ComponentChildren }) {
  return (
    <span class={`chip ${tone}`} {...(title ? { title } : {})}>
      {children}
    </span>
  );
}

/** A button that is only an icon; its name is for screen readers. */
export function IconButton(props: {
  icon: IconName;
  label: string;
  onClick: () => void;
  pressed?: boolean;
  disabled?: boolean;
  class?: string;
}) {
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ''}`}
      aria-label={props.label}
      title={props.label}
      onClick={event => {
        event.stopPropagation();
        props.onClick();
      }}
      {...(props.pressed === undefined ? {} : { 'aria-pressed': props.pressed })}
      disabled={props.disabled ?? false}
    >
      <Icon name={props.icon} />
    </button>
  );
}

/** Copies a text. */
export function CopyButton({ text, what }: { text: string | (() => string); what: string }) {
  return (
    <IconButton
      icon="copy"
      label={`Copy ${what}`}
      onClick={() => void copy(typeof text === 'string' ? text : text(), what)}
    />
  );
}

/** What stands where there is nothing to show, and why. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** Lines that stand for content on its way. */
export function Skeleton({ lines = 6 }: { lines?: number }) {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} class={`skeleton-line w${i % 4}`} />
      ))}
    </div>
  );
}
