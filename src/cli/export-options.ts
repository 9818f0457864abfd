import type { OptionSpec } from './option-spec.ts';

/** The rows of `export`'s own options. */
export const EXPORT_OPTIONS = {
  html: {
    kind: 'path',
    flags: '--html <file>',
    flagOnly: true,
    isStdoutToo: true,
    defaultNote: 'adw-<adw_id>.html here, where no form is named',
    describe: 'write a page that needs no server; - is stdout',
  },
  markdown: {
    kind: 'path',
    flags: '--markdown <file>',
    flagOnly: true,
    isStdoutToo: true,
    defaultNote: 'not written',
    describe: 'write a page for a pull request; - is stdout',
  },
  ndjson: {
    kind: 'path',
    flags: '--ndjson <file>',
    flagOnly: true,
    isStdoutToo: true,
    defaultNote: 'not written',
    describe: 'write the events, one a line; - is stdout',
  },
  exportFrom: {
    kind: 'choice',
    flags: '--from <place>',
    choices: ['disk', 'server'],
    flagOnly: true,
    defaultNote: 'disk where the run is there, else server',
    describe: 'read the files of the run, or the log of the server',
  },
  images: {
    kind: 'switch',
    flags: '--no-images',
    default: true,
    flagOnly: true,
    describe: 'leave images out of the page',
  },
  link: {
    kind: 'url',
    flags: '--link <url>',
    flagOnly: true,
    defaultNote: 'the run on the server, where one is named',
    describe: 'with --markdown: where the run can be looked at',
  },
} as const satisfies Record<string, OptionSpec>;
