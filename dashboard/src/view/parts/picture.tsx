import type { CSSProperties } from 'preact';
import { useState } from 'preact/hooks';

interface PictureProps {
  /** Empty where its bytes are not there: an export may leave images out. */
  readonly src: string;
  readonly alt: string;
  readonly class?: string;
  readonly style?: CSSProperties;
}

/** An image of the run, or the word that it was left out, or that no browser can show what is stored under its name. */
export function Picture({ src, alt, class: className = '', style = {} }: PictureProps) {
  const [unreadable, setUnreadable] = useState('');
  if (unreadable !== '' && unreadable === src)
    return <span class={`muted unreadable ${className}`}>{alt}: not an image that can be shown</span>;
  if (src === '') return <span class={`muted ${className}`}>{alt}: left out of this file</span>;
  return (
    <img
      src={src}
      alt={alt}
      class={className}
      style={style}
      loading="lazy"
      decoding="async"
      onError={() => setUnreadable(src)}
    />
  );
}
