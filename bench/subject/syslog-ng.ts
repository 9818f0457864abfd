import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, CORE, startChild } from '../child.ts';

/** How syslog-ng is set up. */
export interface SyslogNgOptions {
  /** Directory watched, recursively, for *.jsonl. */
  readonly directory: string;
  /** Where batches of lines are posted. */
  readonly url: string;
  /** An empty directory for its configuration and state. */
  readonly stateDir: string;
  /** Seconds between polls of each file; its usual second when absent. Short ones cost it much CPU with many files. */
  readonly followSeconds?: number;
}

/** Starts syslog-ng: files to HTTP, 500 lines a POST, with flow control so that it loses nothing. */
export function startSyslogNg(options: SyslogNgOptions): Child {
  const { stateDir } = options;
  mkdirSync(stateDir, { recursive: true });
  const file = join(stateDir, 'syslog-ng.conf');
  writeFileSync(file, configuration(options));
  return startChild(
    [
      'syslog-ng',
      '--foreground',
      '--no-caps',
      `--cfgfile=${file}`,
      `--persist-file=${join(stateDir, 'persist')}`,
      `--control=${join(stateDir, 'control')}`,
      `--pidfile=${join(stateDir, 'pid')}`,
    ],
    { core: CORE.subject },
  );
}

function configuration({ directory, url, followSeconds }: SyslogNgOptions): string {
  return `@version: 3.38
options { stats-freq(0); log-msg-size(4194304); };
source files {
  wildcard-file(base-dir("${directory}") filename-pattern("*.jsonl") recursive(yes) max-files(2000)
    flags(no-parse) follow-freq(${followSeconds ?? 1}) log-fetch-limit(500) log-iw-size(1000000));
};
destination sink {
  http(url("${url}/lines") method("POST") body("\${MESSAGE}") delimiter("\\n") batch-lines(500)
    batch-timeout(${followSeconds === undefined ? 100 : 1}) workers(1) log-fifo-size(2000000));
};
log { source(files); destination(sink); flags(flow-control); };
`;
}
