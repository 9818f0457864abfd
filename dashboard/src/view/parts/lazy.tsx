import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Empty, Skeleton } from './bits.tsx';

/** A component whose code is loaded when it is first shown. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const [, redraw] = useState(0);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded) return;
      let gone = false;
      load().then(
        component => {
          loaded = component;
          if (!gone) redraw(1);
        },
        () => !gone && setFailed(true),
      );
      return () => {
        gone = true;
      };
    }, []);
    if (failed)
      return <Empty title="This part could not be loaded">Reload the page: the server may have been updated.</Empty>;
    const Component = loaded;
    return Component ? <Component {...props} /> : <Skeleton />;
  };
}
