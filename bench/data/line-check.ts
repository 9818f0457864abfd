import { crc32 } from 'node:zlib';
import { MARK } from './lines.ts';

/** Says of a stream of lines what is wrong with it. */
export interface LineCheck {
  /** Takes a line; answers its bytes. */
  take(line: string): void;
  /** Lines that were right and in order. */
  readonly lines: number;
  /** What was wrong, the first few of it, each as a sentence. */
  readonly faults: readonly string[];
}

const FAULTS_MAX = 10;

/** A check for lines of `lineSource`: of each file every line once, in order, unchanged. */
export function lineCheck(): LineCheck {
  const next = new Map<string, number>();
  const faults: string[] = [];
  let lines = 0;
  const fault = (text: string) => {
    if (faults.length < FAULTS_MAX) faults.push(text);
  };
  return {
    get lines() {
      return lines;
    },
    faults,
    take(line) {
      const at = line.lastIndexOf(MARK);
      if (at < 0) return fault(`a line without a mark: ${line.slice(0, 80)}`);
      const [file = '', sequence, sum] = line.slice(at + MARK.length, -2).split('.');
      const expected = next.get(file) ?? 0;
      const got = Number(sequence);
      next.set(file, got + 1);
      if (got !== expected) return fault(`file ${file}: line ${got} where ${expected} was due`);
      if (crc32(line.slice(0, at)).toString(16) !== sum) return fault(`file ${file}: line ${got} is not what it was`);
      lines += 1;
    },
  };
}
