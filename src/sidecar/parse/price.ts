import { calcPrice, type ModelPrice } from '@pydantic/genai-prices';
import { BoundedMap } from '../../base/bounded-map.ts';
import type { PricedRequest, PriceOf } from '../flow.ts';

/** The list prices: most of a megabyte of data, which only commands that read streams load, with the sidecar. */
export function listPrices(): PriceOf {
  return createPriceOf(calcPrice);
}

/** The latest price there is stands for an unknown time. */
const LATEST_MS = Date.UTC(2999, 0);
/** Prices change on days, so one search for a model serves all of its requests of a day. */
const DAY_MS = 86_400_000;
/** Models and days remembered; a file of invented models cannot fill memory. */
const KNOWN_MAX = 1_000;

/**
 * What requests cost at list price. Anthropic's models cost what Anthropic asks, whichever provider serves them: that is what
 * Claude Code's own result says too.
 */
export function createPriceOf(calculate: typeof calcPrice): PriceOf {
  const known = new BoundedMap<string, ModelPrice | undefined>(KNOWN_MAX);
  const find = (model: string, day: number): ModelPrice | undefined => {
    const key = `${day} ${model}`;
    if (known.has(key)) return known.get(key);
    const timestamp = new Date(day * DAY_MS);
    const name = plainName(model);
    const provider = name.includes('claude') ? { providerId: 'anthropic' } : {};
    const found = calculate({ input_tokens: 1 }, name, { ...provider, timestamp })?.model_price;
    known.set(key, found);
    return found;
  };
  return request => {
    const { input, output, cacheRead, cacheWrite, cacheWriteHour } = request;
    if (input + output + cacheRead + cacheWrite === 0) return 0;
    const price = find(request.model, Math.floor((request.ms ?? LATEST_MS) / DAY_MS));
    return price === undefined
      ? undefined
      : costOf(price, request, { ...request, cacheWrite: cacheWrite - cacheWriteHour });
  };
}

/** Some models cost more for a request beyond a size: then all of it does. */
function costOf(price: ModelPrice, whole: PricedRequest, parts: PricedRequest): number {
  const size = whole.input + whole.cacheRead + whole.cacheWrite;
  const rate = (name: string, otherwise: number): number => {
    const found = price[name];
    if (typeof found !== 'object') return found ?? otherwise;
    return found.tiers.findLast(({ start }) => size > start)?.price ?? found.base;
  };
  const input = rate('input_mtok', 0);
  const write = rate('cache_write_mtok', input);
  const dollars =
    parts.input * input +
    parts.output * rate('output_mtok', 0) +
    parts.cacheRead * rate('cache_read_mtok', input) +
    parts.cacheWrite * write +
    parts.cacheWriteHour * rate('cache_write_1h_mtok', write);
  return dollars / 1_000_000;
}

/** A model's own name: Bedrock and Vertex put regions, makers, dates and versions around it, Claude Code the size of its context. */
function plainName(model: string): string {
  const name = model.replace(/\[[^\]]*\]$/, '');
  const claude = /claude[-.\w]*/i.exec(name.slice(name.lastIndexOf('/') + 1));
  return claude === null ? name : claude[0].toLowerCase().replace(/-v\d+$/, '');
}
