import { commandOf, fileOf, replacementsOf, todoText } from '../../../../src/adw/tool-data.ts';
import type { ToolKind } from '../../../../src/event/tool-kind.ts';
import { diffTexts } from '../../base/diff.ts';
import { Code, languageOf } from '../parts/code.tsx';
import { DiffView } from '../parts/diff-view.tsx';
import { JsonTree } from '../parts/json-tree.tsx';

type Input = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What a tool was asked, in the form that fits the tool: a command, a file's content, a list, what an edit replaces, else its fields. */
export function ToolInput({ kind, input }: { kind: ToolKind | undefined; input: Input }) {
  const command = kind === 'run' ? commandOf(input) : undefined;
  if (command) {
    return (
      <>
        <Code text={command} language="bash" />
        <Fields input={input} without={['command', 'cmd']} />
      </>
    );
  }
  const replacements = kind === 'edit' ? replacementsOf(input) : [];
  if (replacements.length > 0) {
    // What the replacements are shown as, by whatever names they came.
    const shown = Object.keys(input).filter(name => name === 'edits' || /^(?:old|new)_?(?:string|text)$/i.test(name));
    return (
      <>
        <Fields input={input} without={shown} />
        {replacements.map(({ before, after }, at) => (
          <DiffView key={at} diff={diffTexts(before, after)} />
        ))}
      </>
    );
  }
  if (kind === 'write' && text(input.content)) {
    return (
      <>
        <Fields input={input} without={['content']} />
        <Code text={text(input.content)} language={languageOf(fileOf(input) ?? '')} />
      </>
    );
  }
  if (kind === 'plan' && Array.isArray(input.todos)) return <TodoItems items={input.todos as TodoItem[]} />;
  if (kind === 'delegate' && text(input.prompt)) {
    return (
      <>
        <Fields input={input} without={['prompt']} />
        <pre class="prose">{text(input.prompt)}</pre>
      </>
    );
  }
  return <Fields input={input} without={[]} />;
}

interface TodoItem {
  readonly status?: string;
  readonly state?: string;
}

/** A list of tasks with their states, as words and signs. */
export function TodoItems({ items }: { items: readonly (TodoItem | null)[] }) {
  return (
    <ul class="todo-items">
      {items.map((item, i) => {
        // A model may have written anything, and been refused for it.
        const state = text(item?.status) || text(item?.state) || 'pending';
        return (
          <li key={i} class={`todo ${state}`}>
            <span class="todo-mark" aria-hidden="true">
              {{ completed: '✓', in_progress: '▸' }[state] ?? '○'}
            </span>
            <span class="sr">{state.replaceAll('_', ' ')}: </span>
            <span>{todoText(item)}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Fields({ input, without }: { input: Input; without: readonly string[] }) {
  const entries = Object.entries(input).filter(([key]) => !without.includes(key));
  if (entries.length === 0) return null;
  return (
    <dl class="fields">
      {entries.map(([key, value]) => (
        <div key={key} class="field">
          <dt>{key}</dt>
          <dd>
            {typeof value === 'object' && value !== null ? (
              <JsonTree value={value} depth={1} />
            ) : (
              <FieldText value={value} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function FieldText({ value }: { value: unknown }) {
  const shown = String(value);
  return shown.includes('\n') ? (
    <pre class="output">{shown}</pre>
  ) : (
    <span class="mono" dir="auto">
      {shown}
    </span>
  );
}
