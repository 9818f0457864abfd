import type { CSSProperties } from 'preact';

interface PictureProps {
  /** Empty where its bytes are not there: an export may leave images out. */
  readonly src: string;
  readonly alt: string;
  readonly class?: string;
  readonly style?: CSSProperties;
}

/** An image of the run, or the word that it was left out. */
export function Picture({ src, alt, class: className = '', style = {} }: PictureProps) {
  if (src === '') return <span class={`muted ${className}`}>{alt}: left out of this file</span>;
  return <img src={src} alt={alt} class={className} style={style} loading="lazy" decoding="async" />;
}
