import { useEffect, useState } from 'preact/hooks';
import { messageOf } from '../../../../src/base/errors.ts';

/** A value on its way. */
export interface Async<Value> {
  readonly value: Value | undefined;
  readonly loading: boolean;
  readonly error: string;
}

/** Loads a value whenever `when` changes; what came too late is dropped. */
export function useAsync<Value>(load: () => Promise<Value>, when: readonly unknown[]): Async<Value> {
  const [state, setState] = useState<Async<Value>>({ value: undefined, loading: true, error: '' });
  useEffect(() => {
    let gone = false;
    setState(before => ({ ...before, loading: true, error: '' }));
    load().then(
      value => !gone && setState({ value, loading: false, error: '' }),
      error => !gone && setState({ value: undefined, loading: false, error: messageOf(error) }),
    );
    return () => {
      gone = true;
    };
  }, when);
  return state;
}
