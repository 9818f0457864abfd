import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { IconButton } from './bits.tsx';

/** A modal dialog: the browser traps the focus, Esc closes, the focus goes back to where it was. */
export function Dialog(props: {
  label: string;
  class?: string;
  bare?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  // Before the next key event: what a person types on after Ctrl+K belongs into the palette.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = element.current!;
    dialog.showModal();
    return () => {
      if (dialog.open) dialog.close();
      before?.focus?.({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog ${props.class ?? ''}`}
      aria-label={props.label}
      onCancel={event => {
        event.preventDefault();
        props.onClose();
      }}
      onClick={event => event.target === element.current && props.onClose()}
    >
      {!props.bare && (
        <div class="dialog-head">
          <h2>{props.label}</h2>
          <IconButton icon="cross" label="Close" onClick={props.onClose} />
        </div>
      )}
      {props.children}
    </dialog>
  );
}
