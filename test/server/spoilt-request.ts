const TARGETS = [
  '/',
  '/health',
  '/metrics',
  '/ws',
  '/login',
  '/api/v1/adws',
  '/api/v1/adws/1a2b3c4d/events?limit=5&q=x',
  '/api/v1/adws/1a2b3c4d/artifacts/a/b.png',
  '/api/v1/stream?after=-1',
  '/api/workflow-updates',
  '/api/stage-logs/1a2b3c4d/plan',
];

/** A request that begins as a good one and is then spoilt. */
export function spoiltRequest(random: () => number, port: number): Buffer {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const noise = () => {
    const bytes = Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256));
    return Buffer.from(bytes).toString(pick(['latin1', 'hex', 'base64']));
  };
  const method = pick(['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT', 'get', 'PRI', noise()]);
  const target = pick([
    ...TARGETS,
    '*',
    'http://evil.example/',
    '//',
    `/${noise()}`,
    `/api/v1/adws/${noise()}`,
    '/%00',
    '/%',
  ]);
  const version = pick(['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'HTCPCP/1.0', noise()]);
  const headers = [
    pick(['Host: localhost', `Host: 127.0.0.1:${port}`, 'Host: evil.example', `Host: ${noise()}`, '']),
    pick(['Content-Length: 5', 'Content-Length: -1', 'Content-Length: 99999999999', 'Content-Length: x', '']),
    pick(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked, gzip', 'Transfer-Encoding: x', '', '']),
    pick(['Content-Type: application/json', 'Content-Type: application/x-ndjson', `Content-Type: ${noise()}`, '']),
    pick(['Content-Encoding: gzip', 'Content-Encoding: zstd', `Content-Encoding: ${noise()}`, '', '']),
    pick(['Connection: Upgrade', 'Connection: close', 'Connection: keep-alive, upgrade', '']),
    pick(['Upgrade: websocket', 'Upgrade: h2c', '']),
    pick(['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Key: x', '']),
    pick(['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 7', '']),
    pick(['Range: bytes=0-', 'Range: bytes=-9999999999999999999', `Range: ${noise()}`, '']),
    pick(['Origin: null', 'Origin: http://localhost', `Cookie: adw_stream=${noise()}`, 'Authorization: Bearer', '']),
    pick([`${noise()}: ${noise()}`, ' folded', 'X: a\r\n\tb', '\0: \0', '']),
  ].filter(header => header !== '');
  const body = pick(['', 'hello', '{"a":', '[{}]', '5\r\nhello\r\n0\r\n\r\n', 'zz\r\n', `0\r\n${noise()}`, noise()]);
  const end = pick(['\r\n', '\n', '\r\n\r\n']);
  const whole = Buffer.from(`${[`${method} ${target} ${version}`, ...headers].join(end)}\r\n\r\n${body}`, 'latin1');
  return random() < 0.2 ? whole.subarray(0, Math.floor(random() * whole.length)) : whole;
}
