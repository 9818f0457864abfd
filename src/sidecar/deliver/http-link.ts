import { isRecord } from '../../base/is-record.ts';
import type { NewEvent } from '../../event/schema.ts';
import { type ArtifactUpload, eventsOf, type Item } from '../flow.ts';
import { type Answer, errorOf, isOurs } from './answer.ts';
import type { FileGeneration } from './delivery.ts';
import { encodeBatch } from './encode.ts';
import { PackedUnit } from './packed-unit.ts';
import type { Refused } from './retries.ts';
import type { ServerLink } from './server-link.ts';
import type { Request, Transport } from './transport.ts';

/** To our server over HTTP: events as NDJSON. */
export class HttpLink implements ServerLink {
  readonly #transport: Transport;
  /** The path of the ADW. */
  readonly #adw: string;

  constructor(transport: Transport, adwId: string) {
    this.#transport = transport;
    this.#adw = `/api/v1/adws/${encodeURIComponent(adwId)}`;
  }

  get retries(): number {
    return this.#transport.retries;
  }

  get connected(): boolean {
    return this.#transport.connected;
  }

  positions(): Promise<Answer> {
    return this.#transport.request({ method: 'GET', path: `${this.#adw}/positions` });
  }

  held({ path, fingerprint }: FileGeneration): Promise<Answer> {
    const query = new URLSearchParams({ path, fingerprint });
    return this.#transport.request({ method: 'GET', path: `${this.#adw}/held?${query}` });
  }

  async append(items: readonly Item[]): Promise<Answer> {
    const headers = { 'content-type': 'application/x-ndjson' };
    const { bytes, release } = encodeBatch(items.flatMap(written));
    const answer = await this.#request({ method: 'POST', path: '/api/v1/events', headers, body: bytes });
    // Only a server that took the batch has certainly read all of it.
    if (answer.status === 200) release();
    return answer;
  }

  put({ path, sha256, mediaType, bytes }: ArtifactUpload): Promise<Answer> {
    return this.#request({
      method: 'PUT',
      path: `${this.#adw}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`,
      headers: {
        'content-type': mediaType,
        digest: `sha-256=${Buffer.from(sha256, 'hex').toString('base64')}`,
      },
      body: bytes,
    });
  }

  waitRefused(failure: string, refused: Refused): Promise<void> {
    return this.#transport.waitRefused(failure, refused);
  }

  /** Asks until our server answers: something else in its place has taken nothing and refused nothing. */
  async #request(request: Request): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#transport.request(request);
      if (answer.status < 300 ? isRecord(answer.body) : isOurs(answer)) return answer;
      const failure = `does not answer ${request.path} as adw-stream does (${answer.status}: ${errorOf(answer)})`;
      await this.waitRefused(failure, { attempt, code: 'wrong_server' });
    }
  }
}

/** An item's events, as bytes where they are that already. */
function written(item: Item): readonly (NewEvent | Buffer)[] {
  return item.kind === 'unit' && item.unit instanceof PackedUnit ? [item.unit.bytes] : eventsOf(item);
}
