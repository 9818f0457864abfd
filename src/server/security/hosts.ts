/**
 * Which names this server answers to. A page whose name was re-bound to a loopback address (DNS rebinding) still sends
 * its own name in `Host`, so only names that cannot belong to a stranger are admitted.
 */

/** The parts of a `Host` header, or undefined for one that is none: `name` in lower case without brackets or last dot. */
export function parseHost(header: string | undefined): { readonly name: string; readonly port: string } | undefined {
  const match = /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?$/.exec(header ?? '');
  if (match === null) return undefined;
  const name = (match[1] ?? '').toLowerCase().replace(/\.$/, '');
  return { name: name.startsWith('[') ? name.slice(1, -1) : name, port: match[2] ?? '' };
}

/** Whether `name` is a loopback address or a name that resolvers must keep on this machine (RFC 6761). */
export function isLoopbackName(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
  );
}

/** Whether a request with this `Host` header is meant for us. `allowed` are configured names, with or without port. */
export function admitsHost(header: string | undefined, allowed: readonly string[]): boolean {
  const host = parseHost(header);
  if (host === undefined) return false;
  if (isLoopbackName(host.name)) return true;
  return allowed.some(entry => {
    const candidate = parseHost(entry);
    return candidate?.name === host.name && (candidate.port === '' || candidate.port === host.port);
  });
}
