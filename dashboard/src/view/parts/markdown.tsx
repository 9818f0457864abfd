import DOMPurify from 'dompurify';
import { Marked } from 'marked';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { visible } from '../../base/text.ts';
import { copy } from '../../state/store.ts';

/** Raw HTML in an agent's markdown is shown as the text it is; links to scripts and remote images never come into being. */
const marked = new Marked({
  gfm: true,
  renderer: {
    html: ({ text }) => escapeHtml(text),
    image: ({ href, text }) => `<span class="md-image">image: ${escapeHtml(text || href)}</span>`,
  },
});

const ALLOWED_TAGS = [
  ...[
    'h1',
    'h2',
    'h3',
    'h4',
    'h5',
    'h6',
    'p',
    'ul',
    'ol',
    'li',
    'pre',
    'code',
    'em',
    'strong',
    'del',
    'blockquote',
    'hr',
    'br',
  ],
  ...['a', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'input', 'span'],
];

/** A heading of a rendered text, for a table of contents. */
export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly element: HTMLElement;
}

/** Markdown from an agent, sanitised twice: by not rendering HTML at all, and by an allow-list of elements. */
export function Markdown({ text, onHeadings }: { text: string; onHeadings?: (headings: Heading[]) => void }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current!;
    element.replaceChildren(
      DOMPurify.sanitize(htmlOf(text), {
        ALLOWED_TAGS,
        ALLOWED_ATTR: ['href', 'class', 'type', 'checked', 'disabled', 'start', 'align'],
        // Tried on the values of all attributes but those named here.
        ADD_URI_SAFE_ATTR: ['type', 'start', 'align'],
        ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|#)/i,
        RETURN_DOM_FRAGMENT: true,
      }),
    );
    showMarks(element);
    for (const link of element.querySelectorAll('a')) {
      link.rel = 'noopener noreferrer';
      link.target = '_blank';
    }
    for (const box of element.querySelectorAll('input')) box.setAttribute('aria-label', box.checked ? 'done' : 'open');
    for (const block of element.querySelectorAll('pre')) addCopy(block);
    void highlightBlocks(element);
    onHeadings?.(
      [...element.querySelectorAll<HTMLElement>('h1, h2, h3')].map(heading => ({
        level: Number(heading.tagName[1]),
        text: heading.textContent ?? '',
        element: heading,
      })),
    );
  }, [text]);
  return <div ref={box} class="markdown" dir="auto" />;
}

/** After rendering: in the source, a mark's number in brackets could become a link, and an entity is no mark yet. */
function showMarks(element: HTMLElement): void {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.nodeValue ?? '';
    const shown = visible(text);
    if (shown !== text) node.nodeValue = shown;
  }
}

/** Rendered; a text that nests deeper than the renderer's stack is shown as it was written. */
function htmlOf(text: string): string {
  try {
    return marked.parse(text, { async: false });
  } catch {
    return `<pre>${escapeHtml(text)}</pre>`;
  }
}

function addCopy(block: HTMLElement): void {
  const text = block.textContent ?? '';
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button md-copy';
  button.textContent = 'copy';
  button.addEventListener('click', () => void copy(text, 'the code'));
  block.append(button);
}

async function highlightBlocks(element: HTMLElement): Promise<void> {
  const blocks = element.querySelectorAll<HTMLElement>('pre > code[class*="language-"]');
  if (blocks.length === 0) return;
  const { highlight } = await import('./highlight.ts');
  for (const block of blocks) {
    const language = /language-([\w+#-]+)/.exec(block.className)?.[1] ?? '';
    highlight(block, language);
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
