import type { Context } from './context.ts';

/** What a command's module exports: takes what it needs from the context, answers the exit code. */
export interface CommandModule {
  readonly run: (context: Context) => Promise<number>;
}

/** The module of each command by its name. Loaded when it runs, so that `--help` loads none. */
export const LOADERS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  watch: () => import('./command/watch.ts'),
  serve: () => import('./command/serve.ts'),
  replay: () => import('./command/replay.ts'),
  up: () => import('./command/up.ts'),
  tail: () => import('./command/tail.ts'),
  list: () => import('./command/list.ts'),
  status: () => import('./command/status.ts'),
  wait: () => import('./command/wait.ts'),
  verify: () => import('./command/verify.ts'),
  export: () => import('./command/export.ts'),
  doctor: () => import('./command/doctor.ts'),
  store: () => import('./command/store.ts'),
  alarm: () => import('./command/alarm.ts'),
  init: () => import('./command/init.ts'),
  config: () => import('./command/config.ts'),
  completion: () => import('./command/completion.ts'),
};
