/** Where webhooks may post, through every way in, and that each check would find the fault it is there for. */
import { afterEach, describe, expect, test } from 'vitest';
import { type EgressStand, openEgressStand, publicUrl, sendOne } from '../support/egress-stand.ts';
import {
  followingRedirects,
  judgingOnlyAtSave,
  judgingOnlyInLookup,
  readingToTheEnd,
} from '../support/faulty-networks.ts';
import { answerWith, type Behaviour } from '../support/receiver.ts';
import { receiverNames, receiverUrls, redirects } from '../support/receiver-urls.ts';

let stand: EgressStand;
afterEach(() => stand.close());

describe('with the network as it is', () => {
  test('every URL of the table gets its code through every way in', async () => {
    stand = await openEgressStand();
    nameTheTable(stand);
    const blocked = receiverUrls.filter(({ code }) => code !== 'ok');
    const wrong: string[] = [];
    for (const { url, code } of [...receiverUrls, ...receiverNames]) {
      // What may be dialled is not, here: it is at public addresses.
      const said = code === 'ok' ? await saved(url) : await stand.refusals(url);
      wrong.push(...wrongIn(url, code === 'dns_error' ? ['ok', code] : [code], said));
    }
    const rows = [...blocked, ...receiverNames];
    const ends = await stand.endsOf(rows.map(({ url }) => url));
    for (const { url, code } of rows) wrong.push(...wrongIn(url, [code], ends.get(url) ?? []));
    expect(rows.length).toBeGreaterThan(60);
    expect([...ends.values()].every((said) => said.length === 3)).toBe(true);
    expect(wrong).toEqual([]);
    expect([stand.canaryCount, stand.receiver.connectionCount]).toEqual([0, 0]);
  });

  test('the canary is reached in no spelling, with TLS or without, and a test of it says no more than that', async () => {
    stand = await openEgressStand();
    expect(await spellingFindings(stand, spellings(stand))).toEqual([]);
    expect(stand.canaryCount).toBe(0);
  });

  test('a name that leads to the canary when it is dialled reaches nothing', async () => {
    stand = await openEgressStand();
    expect(await rebindingFindings(stand)).toEqual([]);
  });

  test('no redirect is followed, and no other hint to go elsewhere', async () => {
    stand = await openEgressStand();
    expect(await redirectFindings(stand)).toEqual([]);
  });

  test('nothing is read without end', async () => {
    stand = await openEgressStand();
    expect(await capFindings(stand)).toEqual([]);
  });

  test('the server does not post to itself, by address or by the name it is known by', async () => {
    stand = await openEgressStand();
    stand.dns.names.set('bellwire.test', ['127.0.0.2']);
    for (const url of [`${publicUrl}/data/track`, stand.bellwire().url]) {
      expect(wrongIn(url, ['blocked_address'], await stand.refusals(url))).toEqual([]);
    }
    const url = `${publicUrl}/v1/track`;
    expect(wrongIn(url, ['blocked_address'], (await stand.endsOf([url])).get(url) ?? [])).toEqual([]);
    expect(stand.receiver.connectionCount).toBe(0);
  });

  test('what is refused looks the same whether anything listens there or not', async () => {
    stand = await openEgressStand();
    const open = `http://127.0.0.3:${stand.receiver.port}/`;
    const closed = 'http://127.0.0.3:1025/';
    expect(await stand.refusals(open)).toEqual(await stand.refusals(closed));
    const ends = await stand.endsOf([open, closed]);
    expect(ends.get(open)).toEqual(ends.get(closed));
    const [shownOpen, shownClosed] = [await shownTest(open), await shownTest(closed)];
    expect(shownOpen).toEqual(shownClosed);
    expect(JSON.stringify(shownOpen)).not.toContain('127.0.0.3');
  });

  test('what may be reached beside what is public is logged at the start', async () => {
    stand = await openEgressStand();
    expect(stand.bellwire().log.join('\n')).toMatch(/"allowed":"127\.0\.0\.2\/32".*BELLWIRE_EGRESS_ALLOW/);
  });
});

describe('a planted fault is found:', () => {
  test('addresses are judged only when they are saved', async () => {
    stand = await openEgressStand({ createDialer: judgingOnlyAtSave });
    expect(await rebindingFindings(stand)).not.toEqual([]);
    expect(stand.canaryCount).toBeGreaterThan(0);
  });

  test('the guard is only in the lookup of names', async () => {
    stand = await openEgressStand({ createDialer: judgingOnlyInLookup });
    const written = spellings(stand).filter((url) => /^http:.*(?:127\.0\.0\.3|2130706435)/.test(url));
    expect(await spellingFindings(stand, written)).not.toEqual([]);
    expect(stand.canaryCount).toBeGreaterThan(0);
    // That such a guard holds for names is why it is so easily believed.
    expect(await rebindingFindings(stand)).toEqual([`the canary saw ${stand.canaryCount} connections`]);
  });

  test('redirects are followed', async () => {
    stand = await openEgressStand({ createSender: followingRedirects });
    const found = await redirectFindings(stand);
    expect(found).toHaveLength(redirects.length + 1);
    expect(found).toContain('a redirect was followed');
  });

  test('answers are read without caps', async () => {
    stand = await openEgressStand({ createSender: readingToTheEnd });
    expect(await capFindings(stand)).toEqual(['32 MB were read to their end']);
  });
});

/** All ways in which the canary can be written or named. */
function spellings({ receiver, dns }: EgressStand): string[] {
  dns.names.set('canary.test', ['127.0.0.3']);
  dns.names.set('mixed.test', ['127.0.0.2', '127.0.0.3']);
  dns.names.set('mixed6.test', ['127.0.0.2', '::1']);
  const hosts = `127.0.0.3 2130706435 0x7f.3 0177.0.0.3 [::ffff:127.0.0.3] [::ffff:7f00:3] [::7f00:3] [64:ff9b::7f00:3]
    canary.test canary.test. mixed.test mixed6.test`.split(/\s+/);
  return hosts.flatMap((host) => [`http://${host}:${receiver.port}/`, `https://${host}:${receiver.port}/`]);
}

async function spellingFindings(subject: EgressStand, urls: readonly string[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const url of urls) wrong.push(...wrongIn(url, ['blocked_address'], await subject.refusals(url)));
  const ends = await subject.endsOf(urls);
  for (const url of urls) wrong.push(...wrongIn(url, ['blocked_address'], ends.get(url) ?? []));
  return [...wrong, ...canaryFindings(subject)];
}

/** A name that is all right when it is saved and leads to the canary when it is dialled, first or again. */
async function rebindingFindings(subject: EgressStand): Promise<string[]> {
  const { dns, receiver } = subject;
  const wrong: string[] = [];
  let isSaved = false;
  dns.names.set('rebind.test', () => (isSaved ? ['127.0.0.3'] : ['1.1.1.1']));
  const saving = subject.bellwire().addWebhook({ url: `http://rebind.test:${receiver.port}/`, events: ['pageLoaded'] });
  const { id } = await saving;
  isSaved = true;
  const { attempt } = await subject
    .bellwire()
    .api<{ attempt: { code: string | null } }>('POST', `/webhooks/${id}/test`, {});
  wrong.push(...wrongIn('rebind.test', ['blocked_address'], [{ way: 'test', code: attempt.code ?? 'ok' }]));

  const before = receiver.requests.length;
  dns.names.set('retry.test', () => (receiver.requests.length > before ? ['127.0.0.3'] : ['127.0.0.2']));
  receiver.behave(answerWith(503, { connection: 'close' }));
  const url = `http://retry.test:${receiver.port}/`;
  const retried = await sendOne(subject, { url, retryDelaysSeconds: [0.1] });
  receiver.behave(200);
  if (retried.attemptCount !== 2) wrong.push(`retry.test was tried ${retried.attemptCount} times`);
  wrong.push(...wrongIn(url, ['blocked_address'], [{ way: 'retry', code: retried.lastCode ?? 'ok' }]));
  return [...wrong, ...canaryFindings(subject)];
}

async function redirectFindings(subject: EgressStand): Promise<string[]> {
  const { receiver } = subject;
  const wrong: string[] = [];
  for (const { status, to } of redirects) {
    const target = to === 'own' ? `${receiver.url}?again` : to === 'http://127.0.0.3' ? `${to}:${receiver.port}/` : to;
    receiver.behave((request, response) => {
      if (request.path.endsWith('?again')) response.writeHead(200).end();
      else
        response
          .writeHead(status, {
            location: target,
            refresh: `0;url=${target}`,
            'alt-svc': `http/1.1="127.0.0.3:${receiver.port}"`,
            link: `<${target}>; rel=canonical`,
          })
          .end();
    });
    const { lastCode } = await sendOne(subject, { url: receiver.url });
    wrong.push(
      ...wrongIn(`${status} to ${to}`, ['redirect_not_followed'], [{ way: 'answer', code: lastCode ?? 'ok' }]),
    );
  }
  if (receiver.requests.some(({ path }) => path.endsWith('?again'))) wrong.push('a redirect was followed');
  return [...wrong, ...canaryFindings(subject)];
}

/** An answer of 32 MB is not read to its end, and still counts. */
async function capFindings(subject: EgressStand): Promise<string[]> {
  const { receiver } = subject;
  let wasReadToItsEnd = false;
  const pour: Behaviour = (_request, response) => {
    response.writeHead(200, { connection: 'close' });
    response.on('finish', () => (wasReadToItsEnd = true));
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let left = 512;
    const more = (): void => {
      if (response.destroyed) return;
      if (left === 0) return void response.end();
      left -= 1;
      if (response.write(chunk)) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  };
  receiver.behave(pour);
  const { lastCode } = await sendOne(subject, { url: receiver.url });
  const wrong = wrongIn('32 MB', ['ok'], [{ way: 'answer', code: lastCode ?? 'ok' }]);
  return wasReadToItsEnd ? [...wrong, '32 MB were read to their end'] : wrong;
}

function canaryFindings({ canaryCount }: EgressStand): string[] {
  return canaryCount === 0 ? [] : [`the canary saw ${canaryCount} connections`];
}

function wrongIn(url: string, codes: readonly string[], said: readonly { way: string; code: string }[]): string[] {
  const right = (code: string) => codes.includes(code) || (codes.includes('any') && code !== 'ok');
  return said
    .filter(({ code }) => !right(code))
    .map(({ way, code }) => `${url}: ${way} ended with ${code} instead of ${codes.join(' or ')}`);
}

/** The names of the table lead where it says; all others in it are public. */
function nameTheTable({ dns }: EgressStand): void {
  for (const { url, code } of receiverUrls) if (code === 'ok') dns.names.set(new URL(url).hostname, ['1.1.1.1']);
  for (const { url, addresses } of receiverNames) dns.names.set(new URL(url).hostname, addresses);
}

async function saved(url: string): Promise<{ way: string; code: string }[]> {
  const { id } = await stand.bellwire().api<{ id: string }>('POST', '/webhooks', { name: 'Public', url });
  await stand.bellwire().api('PATCH', `/webhooks/${id}`, { url });
  await stand.bellwire().api('DELETE', `/webhooks/${id}`);
  return [{ way: 'create and change', code: 'ok' }];
}

/** All that a test of settings shows of a URL that is saved already, but for how long it took. */
async function shownTest(url: string): Promise<unknown> {
  const answer = await fetch(`${stand.bellwire().url}/api/v1/webhooks/test`, {
    method: 'POST',
    headers: { authorization: 'Bearer bwi_test_integration_key_0001', 'content-type': 'application/json' },
    body: JSON.stringify({ url }),
  });
  return answer.json();
}
