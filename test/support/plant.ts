/**
 * Plants a fault in the built server, to show that what watches over it would see one: `node --import plant.ts main.js`
 * with the names of faults in BELLWIRE_TEST_FAULT replaces for each one place in one file as that is loaded, in every thread. The
 * server itself has no switch that could do harm. A place that is not there any more ends the process.
 */
import { registerHooks } from 'node:module';

interface Plant {
  /** The end of the file's URL. */
  file: string;
  place: string;
  fault: string;
}

const plants: Readonly<Record<string, Plant>> = {
  'acknowledges before the commit': {
    file: '/dist/ledger/writer.js',
    place: 'this.#arrivals.push({ inputs, warnings, answer, fail });',
    fault: `answer(inputs.map(() => ({ kind: 'accepted', eventId: null })));
      setTimeout(() => { this.#arrivals.push({ inputs, warnings, answer, fail }); this.#wake(); }, 100);`,
  },
  'drops a delivery': {
    file: '/dist/deliver/deliver.js',
    place: 'const { eventId, webhookId, body } = claim;',
    fault: `const { eventId, webhookId, body } = claim;
      if (Math.random() < 0.02) {
        setImmediate(() => done({ eventId, webhookId, attempt: unsent(target, deps.clock.now(), null), verdict: { kind: 'delivered' } },
          { kind: 'response', status: 200, headers: {}, retryAfter: null }));
        return;
      }`,
  },
  'signs wrongly': {
    file: '/dist/core/signature.js',
    place: "return prefix + createHmac('sha256', key).update(body).digest('hex');",
    fault: "return prefix + createHmac('sha256', key).update(Math.random() < 0.02 ? body + ' ' : body).digest('hex');",
  },
  'forgets a messageId': {
    file: '/dist/store/sqlite-journal.js',
    place: 'receivedAt - limits.dedupeWindowMs).changes === 1',
    fault: 'receivedAt - limits.dedupeWindowMs).changes >= 0',
  },
  'records what is claimed by others': {
    file: '/dist/store/postgres-statements.js',
    place: 'and d.webhook_id = r.w and d.claimed_by = $3',
    fault: 'and d.webhook_id = r.w and $3::bigint is not null',
  },
  'lets go of nothing': {
    file: '/dist/ledger/writer.js',
    place: 'loseClaims() {',
    fault: 'loseClaims() { return Promise.resolve(); } letGo() {',
  },
  'starts attempts without a lease': {
    file: '/dist/app.js',
    place: 'mayStart: () => threads.isLeased(),',
    fault: 'mayStart: () => true,',
  },
  'takes for new what another node has written': {
    file: '/dist/store/postgres-writes.js',
    place: 'if (count !== items.length)',
    fault: 'if (false)',
  },
  'forgets a messageId on PostgreSQL': {
    file: '/dist/store/postgres-journal.js',
    place: 'return keys.map((key, index) => key === null || (fresh.has(key) && first.get(key) === index));',
    fault: 'return keys.map(() => true);',
  },
  'does not sync': {
    file: '/dist/store/sqlite.js',
    // After the server has looked whether it is on.
    place: 'const db = new Kysely(',
    fault: "if (!readOnly) raw.exec('pragma synchronous = off'); const db = new Kysely(",
  },
  'goes on after a failed sync': {
    file: '/dist/ledger/lost-sync.js',
    place: 'if (lost === null && isSyncLost(error)) {',
    fault: 'if (false) {',
  },
  'loses its data thread': {
    file: '/dist/ledger/data-thread.js',
    place: 'serveCalls(calls, unpacking(ledger));',
    fault: "serveCalls(calls, unpacking(ledger)); setTimeout(() => { throw new Error('planted'); }, 2_000);",
  },
  'hangs in its data thread': {
    file: '/dist/ledger/data-thread.js',
    place: 'serveCalls(calls, unpacking(ledger));',
    fault: 'serveCalls(calls, unpacking(ledger)); setTimeout(() => { for (;;); }, 2_000);',
  },
  'stalls its data thread': {
    file: '/dist/ledger/data-thread.js',
    place: 'serveCalls(calls, unpacking(ledger));',
    // For as long as there is a file of this name.
    fault: `serveCalls(calls, unpacking(ledger));
      const { existsSync } = await import('node:fs');
      const nap = new Int32Array(new SharedArrayBuffer(4));
      setInterval(() => { while (existsSync(process.env.STALL_FILE)) Atomics.wait(nap, 0, 0, 20); }, 20);`,
  },
  'takes every body in': {
    file: '/dist/http/body-budget.js',
    place: 'if (used + bytes > bytesMax)',
    fault: 'if (false)',
  },
  'counts claims and not their size': {
    file: '/dist/ledger/held-claims.js',
    place: 'return Math.max(1, Math.ceil(bodyChars / limits.claimPlaceChars));',
    fault: 'return 1;',
  },
  'shows its heap as it is after a collection': {
    file: '/dist/metrics.js',
    place: 'text: await register.metrics()',
    fault: 'text: (globalThis.gc(), await register.metrics())',
  },
  'remembers wrong keys': {
    file: '/dist/http/keys.js',
    place: 'return apps.get(apiKey) ?? null;',
    fault: '(globalThis.remembered ??= new Map()).set(apiKey, [apiKey]); return apps.get(apiKey) ?? null;',
  },
  'does not mind a hang': {
    file: '/dist/ledger/heartbeat.js',
    place: 'if (silentTurns * beatMs >= silenceMaxMs)',
    fault: 'if (false)',
  },
  'takes events whatever the disk says': {
    file: '/dist/http/door-routes.js',
    place: 'eventsRefusal() ?? admission',
    fault: 'admission',
  },
  'notices a hang sooner': {
    file: '/dist/ledger/heartbeat.js',
    place: 'silenceMaxMs = 60_000',
    fault: 'silenceMaxMs = 3_000',
  },
};

/** What `node` is started with, and in which environment, so that these faults are in the server. */
export function planting(...faults: string[]): { nodeArgs: string[]; env: Record<string, string> } {
  for (const fault of faults) plantNamed(fault);
  return { nodeArgs: ['--import', import.meta.url], env: { BELLWIRE_TEST_FAULT: faults.join(',') } };
}

const named = process.env['BELLWIRE_TEST_FAULT'];
if (named !== undefined) for (const fault of named.split(',')) plant(plantNamed(fault));

function plantNamed(fault: string): Plant {
  const found = plants[fault];
  if (found === undefined) throw new Error(`There is no planted fault "${fault}".`);
  return found;
}

function plant({ file, place, fault }: Plant): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(file)) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString();
      if (!source.includes(place)) throw new Error(`${file} has not this place any more: ${place}`);
      return { ...loaded, source: source.replace(place, () => fault) };
    },
  });
}
