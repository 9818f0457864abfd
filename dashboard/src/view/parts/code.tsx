import { useLayoutEffect, useRef } from 'preact/hooks';
import { visible } from '../../base/text.ts';

const EXTENSIONS: Readonly<Record<string, string>> = {
  py: 'python',
  rs: 'rust',
  rb: 'ruby',
  md: 'markdown',
  yml: 'yaml',
};

/** The language of a file, by its name. */
export function languageOf(path: string): string {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return EXTENSIONS[extension] ?? extension;
}

/** Code with colours; the text is there at once, the colours when they are loaded. */
export function Code({ text, language }: { text: string; language: string }) {
  const element = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const code = element.current!;
    code.textContent = visible(text);
    let gone = false;
    if (language !== '') void import('./highlight.ts').then(({ highlight }) => !gone && highlight(code, language));
    return () => {
      gone = true;
    };
  }, [text, language]);
  return (
    <pre class="code">
      <code ref={element} />
    </pre>
  );
}
