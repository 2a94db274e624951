/**
 * The request of a delivery: where it goes, its headers, its signatures, and what of it may be shown later. What is the
 * same in every attempt of a webhook is made once; the keys above all, because making one costs more than signing.
 */
import type { KeyObject } from 'node:crypto';
import { judgeForm } from '../core/address.ts';
import { BellwireError } from '../core/errors.ts';
import { pendoSignature, secretKey, signingKey, standardSignature } from '../core/signature.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import { hiddenValue } from '../core/webhook-headers.ts';
import type { SendRequest } from './exchange.ts';
import { bodyBytes, headStart, requestMessage } from './write-request.ts';

export interface SignedRequest extends SendRequest {
  /**
   * The headers as they are kept, as JSON: credentials masked, signatures as they were. Not those that only carry the
   * message (host, connection, content-length).
   */
  shownHeadersJson: string;
}

/**
 * Builds one attempt. The id goes into `webhook-id` and is the same in every attempt; `now` is the attempt's own time.
 * `now` also says whether the former signing secret signs too. Throws when the target's URL or signing secret is unusable:
 * nothing is ever sent unsigned.
 */
export function buildRequest(
  target: WebhookTarget,
  delivery: { id: string; body: string },
  config: { version: string },
  now: number,
): SignedRequest {
  const route = routeOf(target, config.version);
  const body = bodyBytes(delivery.body);
  const seconds = Math.floor(now / 1000);
  let standard = standardSignature(delivery.id, seconds, body, route.signingKey);
  const { former } = route;
  if (former !== null && now < former.endsAt) {
    standard += ` ${standardSignature(delivery.id, seconds, body, former.key)}`;
  }
  let head = `${route.headStart}webhook-id: ${delivery.id}\r\nwebhook-timestamp: ${seconds}\r\nwebhook-signature: ${standard}\r\n`;
  // Ids, digits and signatures have nothing in them that JSON would have to escape.
  let shown = `${route.shownHeadersStart},"webhook-id":"${delivery.id}","webhook-timestamp":"${seconds}","webhook-signature":"${standard}"`;
  if (route.secretKey !== null) {
    const signature = pendoSignature(body, route.secretKey, target.signaturePrefix);
    head += `X-Pendo-Signature: ${signature}\r\n`;
    shown += `,"X-Pendo-Signature":"${signature}"`;
    if (target.hubSignature) {
      const hubSignature = pendoSignature(body, route.secretKey, hubPrefix);
      head += `X-Hub-Signature-256: ${hubSignature}\r\n`;
      shown += `,"X-Hub-Signature-256":"${hubSignature}"`;
    }
  }
  const message = requestMessage(head, body);
  return { origin: route.origin, message, timeoutMs: target.timeoutMs, shownHeadersJson: `${shown}}` };
}

/** What all requests of a webhook have in common. */
interface Route {
  origin: string;
  /** The request line and the headers that do not change. */
  headStart: string;
  /** JSON of an object that is still open. */
  shownHeadersStart: string;
  signingKey: KeyObject;
  /** The key before it, which signs too until then. */
  former: { key: KeyObject; endsAt: number } | null;
  /** Null when no Pendo signature is wanted. */
  secretKey: KeyObject | null;
}

/** GitHub's signature is the same HMAC over the body, always with its kind before it. */
const hubPrefix = 'sha256=';

/** A webhook that is changed comes as another object, so what was made for the old one is forgotten by itself. */
const routes = new WeakMap<WebhookTarget, Route>();

function routeOf(target: WebhookTarget, version: string): Route {
  const known = routes.get(target);
  if (known !== undefined) return known;
  const made = makeRoute(target, version);
  routes.set(target, made);
  return made;
}

function makeRoute(target: WebhookTarget, version: string): Route {
  const formed = judgeForm(target.url);
  if (!formed.ok) throw new BellwireError(formed.code, formed.message);
  const { url } = formed;
  const open = {
    'Content-Type': 'application/json',
    'User-Agent': `Bellwire/${version}`,
    // What is kept of an answer is its bytes; unpacking a stranger's archive could fill the memory.
    'Accept-Encoding': 'identity',
  };
  const masked: Record<string, string> =
    target.type === 'segment' ? { Authorization: basicAuthorization(target) } : target.headers;
  return {
    origin: url.origin,
    headStart: headStart(url, open, masked),
    shownHeadersStart: JSON.stringify({ ...open, ...hidden(masked) }).slice(0, -1),
    signingKey: signingKey(target.signingSecret),
    former:
      target.formerSigning === null
        ? null
        : { key: signingKey(target.formerSigning.secret), endsAt: target.formerSigning.endsAt },
    secretKey: target.type === 'url' && target.secret !== null ? secretKey(target.secret) : null,
  };
}

function hidden(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, hiddenValue]));
}

/** Segment's own scheme: the write key as user name, without a password. */
function basicAuthorization(target: WebhookTarget): string {
  if (target.writeKey === null) throw new Error('A webhook of the Segment type has no write key.');
  return `Basic ${Buffer.from(`${target.writeKey}:`).toString('base64')}`;
}
