import { options } from 'preact';
import { visible } from '../../base/text.ts';

/** Attributes that a person reads, or hears. */
const READ = ['title', 'aria-label', 'alt'] as const;

/**
 * From here on every text of every element says what would reorder or hide it. Names, titles, reasons, paths and arguments are agents'
 * words wherever the page has them: a rule for each place would miss one. What is drawn without elements of preact (code, markdown)
 * does the same by itself.
 */
export function showHiddenMarks(): void {
  const before = options.vnode;
  options.vnode = vnode => {
    // A text has no type, and itself for its properties.
    const node = vnode as { type: unknown; props: unknown };
    if (node.type === null && typeof node.props === 'string') node.props = visible(node.props);
    else if (typeof node.type === 'string') {
      const props = node.props as Record<string, unknown>;
      for (const name of READ) if (typeof props[name] === 'string') props[name] = visible(props[name]);
    }
    before?.(vnode);
  };
}
