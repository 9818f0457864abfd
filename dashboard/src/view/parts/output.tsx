import { useMemo, useState } from 'preact/hooks';
import { ansiRuns } from '../../base/ansi.ts';
import { whole } from '../../base/text.ts';
import { VirtualList } from './virtual-list.tsx';

/** Lines shown at once; more come when asked for. */
const LINES = 200;
/** Lines above which an opened output scrolls in a list of its own. */
const VIRTUAL_LINES = 1000;
/** Characters of a line that are laid out; a line of megabytes would stop the page. */
const LINE_CHARS_MAX = 5000;
const LINE_PX = 18;

/** Terminal output: colours rendered, long ones cut. */
export function Output({ text, lines = LINES }: { text: string; lines?: number }) {
  const [all, setAll] = useState(false);
  const split = useMemo(() => text.replace(/\n+$/, '').split('\n'), [text]);
  if (text === '') return <p class="muted">(empty)</p>;
  const shown = all ? split : split.slice(0, lines);
  return (
    <div class="output-box">
      {all && split.length > VIRTUAL_LINES ? (
        <VirtualList
          class="output lines"
          label="Output"
          rows={split.map((_, i) => i)}
          version={0}
          shape={String(split.length)}
          estimate={() => LINE_PX}
          follow={false}
          row={i => <Runs text={cutLine(split[i]!) || ' '} />}
        />
      ) : (
        <pre class="output" dir="auto">
          <Runs text={shown.map(cutLine).join('\n')} />
        </pre>
      )}
      {!all && split.length > lines && (
        <button type="button" class="button show-all" onClick={() => setAll(true)}>
          Show all {whole(split.length)} lines
        </button>
      )}
    </div>
  );
}

function Runs({ text }: { text: string }) {
  const runs = useMemo(() => ansiRuns(text), [text]);
  return (
    <>
      {runs.map((run, i) =>
        run.class === '' ? (
          run.text
        ) : (
          <span key={i} class={run.class}>
            {run.text}
          </span>
        ),
      )}
    </>
  );
}

const cutLine = (line: string): string =>
  line.length > LINE_CHARS_MAX ? `${line.slice(0, LINE_CHARS_MAX)}… (${whole(line.length)} characters)` : line;
