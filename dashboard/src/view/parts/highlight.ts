import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import json from 'highlight.js/lib/languages/json';
import markdown from 'highlight.js/lib/languages/markdown';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

/** Languages that agents write most, by every name they are called. */
const LANGUAGES = { bash, css, diff, go, java, json, markdown, python, ruby, rust, sql, typescript, xml, yaml };
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);
hljs.registerAliases(['js', 'jsx', 'ts', 'tsx', 'javascript', 'mjs', 'cjs', 'mts'], { languageName: 'typescript' });
hljs.registerAliases(['html', 'vue', 'svelte', 'svg'], { languageName: 'xml' });
hljs.registerAliases(['sh', 'shell', 'zsh'], { languageName: 'bash' });
hljs.registerAliases(['jsonl', 'json5'], { languageName: 'json' });

/** Characters above which colour costs more than it tells. */
const CHARS_MAX = 100_000;

/** Colours an element's text in place; does nothing for languages that are not known. */
export function highlight(element: HTMLElement, language: string): void {
  const text = element.textContent ?? '';
  if (text.length > CHARS_MAX || !hljs.getLanguage(language)) return;
  // highlight.js escapes what it is given and adds nothing but spans with classes.
  element.innerHTML = hljs.highlight(text, { language, ignoreIllegals: true }).value;
}
