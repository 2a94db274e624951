import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { right, wrongName } from '../test/support/certificates.ts';
import { describeConfig, type Environment, readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'bellwire-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('readConfig', () => {
  test('has a default for everything', () => {
    expect(readConfig({ PATH: '/bin', BELLWIRE_TEST_ANYTHING: 'x' }, [])).toEqual({
      ok: true,
      config: {
        port: 8080,
        host: '127.0.0.1',
        database: { kind: 'sqlite', path: 'data/bellwire.db' },
        secretKey: null,
        migrate: true,
        roles: ['ingest', 'deliver', 'admin'],
        nodeName: `${hostname()}:8080`,
        adminEmail: null,
        adminPassword: null,
        apiKey: null,
        trackSecret: null,
        integrationKey: null,
        egressAllow: null,
        egressHttp: true,
        egressNat64: false,
        extraCa: null,
        publicUrl: null,
        trustedProxies: [],
        formerSecretKeys: [],
        segmentApiUrl: null,
        dnsServers: null,
        logLevel: 'info',
        ingestRatePerSecond: 10_000,
        shutdownGraceMs: 10_000,
        diskFreeBytesMin: null,
      },
    });
  });

  test.each([
    ['PORT', '0', { port: 0 }],
    ['HOST', '::', { host: '::' }],
    ['HOST', 'bellwire.internal', { host: 'bellwire.internal' }],
    ['DATABASE_URL', 'sqlite:/var/lib/b.db', { database: { kind: 'sqlite', path: '/var/lib/b.db' } }],
    ['SECRET_KEY', 'ab'.repeat(32), { secretKey: Buffer.alloc(32, 0xab) }],
    ['SECRET_KEY', Buffer.alloc(32, 0xff).toString('base64'), { secretKey: Buffer.alloc(32, 0xff) }],
    ['SECRET_KEY', Buffer.alloc(32, 0xff).toString('base64url'), { secretKey: Buffer.alloc(32, 0xff) }],
    ['API_KEY', 'shop', { apiKey: 'shop' }],
    ['TRACK_SECRET', 'track-secret-0001', { trackSecret: 'track-secret-0001' }],
    ['INTEGRATION_KEY', 'integration-key-1', { integrationKey: 'integration-key-1' }],
    ['EGRESS_ALLOW', '', { egressAllow: '' }],
    ['EGRESS_ALLOW', ' 10.0.0.0/8, ::1 hooks.corp.example,', { egressAllow: '10.0.0.0/8,::1,hooks.corp.example' }],
    ['EGRESS_HTTP', 'off', { egressHttp: false }],
    ['SEGMENT_API_URL', 'http://127.0.0.1:9/', { segmentApiUrl: 'http://127.0.0.1:9' }],
    ['DNS_SERVERS', '192.0.2.1,[2001:db8::1]:5353', { dnsServers: ['192.0.2.1', '[2001:db8::1]:5353'] }],
    ['EGRESS_NAT64', 'on', { egressNat64: true }],
    ['EXTRA_CA', `of our own\n${right}`, { extraCa: right }],
    ['PUBLIC_URL', 'https://events.example.com/', { publicUrl: 'https://events.example.com' }],
    [
      'FORMER_SECRET_KEYS',
      `${'ab'.repeat(32)}, ${Buffer.alloc(32, 1).toString('base64')}`,
      { formerSecretKeys: [Buffer.alloc(32, 0xab), Buffer.alloc(32, 1)] },
    ],
    ['TRUSTED_PROXIES', '10.0.0.0/8, ::1', { trustedProxies: ['10.0.0.0/8', '::1'] }],
    ['MIGRATE', 'off', { migrate: false }],
    ['NODE_NAME', 'web-1.eu:8080', { nodeName: 'web-1.eu:8080' }],
    ['ROLES', 'admin, ingest,deliver,admin', { roles: ['ingest', 'deliver', 'admin'] }],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['INGEST_RATE', '0', { ingestRatePerSecond: 0 }],
    ['SHUTDOWN_GRACE_SECONDS', '3', { shutdownGraceMs: 3000 }],
    ['DISK_FREE_MIN_MB', '100', { diskFreeBytesMin: 104_857_600 }],
    ['DISK_FREE_MIN_MB', '0', { diskFreeBytesMin: 0 }],
  ])('%s is taken as variable and as flag: %s', (name, value, expected) => {
    const flag = `--${name.toLowerCase().replaceAll('_', '-')}`;
    const readings = [
      readConfig({ [`BELLWIRE_${name}`]: value }, []),
      readConfig({}, [flag, value]),
      readConfig({ [`BELLWIRE_${name}`]: '!invalid but overruled!' }, [`${flag}=${value}`]),
    ];
    for (const reading of readings) expect(reading).toMatchObject({ ok: true, config: expected });
  });

  test.each([
    ['PORT', '65536'],
    ['PORT', '80a'],
    ['PORT', ''],
    ['HOST', 'http://localhost'],
    ['HOST', '1.2.3'],
    ['DATABASE_URL', 'bellwire.db'],
    ['DATABASE_URL', 'sqlite::memory:'],
    ['DATABASE_URL', 'postgres://user:hunter2@/bellwire'],
    ['SECRET_KEY', 'hunter2'],
    ['SECRET_KEY', ''],
    ['FORMER_SECRET_KEYS', `${'ab'.repeat(32)},hunter2`],
    ['EXTRA_CA', 'hunter2'],
    ['EXTRA_CA', right.replace('MII', 'XII')],
    ['EGRESS_NAT64', 'yes'],
    ['PUBLIC_URL', 'events.example.com'],
    ['API_KEY', 'with space'],
    ['TRACK_SECRET', 'hunter2'],
    ['INTEGRATION_KEY', 'hunter2'],
    ['EGRESS_ALLOW', '10.0.0.0/33'],
    ['EGRESS_ALLOW', '300.0.0.1'],
    ['EGRESS_ALLOW', 'http://intranet'],
    ['EGRESS_ALLOW', '*.corp.example'],
    ['EGRESS_HTTP', 'true'],
    ['SEGMENT_API_URL', 'https://api.example.com?x=1'],
    ['DNS_SERVERS', 'resolver.example'],
    ['DNS_SERVERS', '192.0.2.1:99999'],
    ['MIGRATE', 'yes'],
    ['NODE_NAME', 'web 1'],
    ['TRUSTED_PROXIES', 'proxy.example.com'],
    ['ROLES', 'sender'],
    ['ROLES', ','],
    ['LOG_LEVEL', 'loud'],
    ['INGEST_RATE', '-1'],
    ['SHUTDOWN_GRACE_SECONDS', '1.5'],
  ])('%s=%s is refused by name, and no secret is repeated', (name, value) => {
    const problems = problemsOf({ [`BELLWIRE_${name}`]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^BELLWIRE_${name} (?:is|has|must|names)`));
    expect(problems[0]).not.toContain('hunter2');
  });

  test('names everything that is wrong at once', () => {
    expect(problemsOf({ BELLWIRE_PROT: '1', BELLWIRE_LOG_LEVEL: 'x' }, ['--prt', '80', 'word'])).toEqual([
      '--prt is not a flag. Did you mean --port?',
      'word is not expected here: settings are given as --name value.',
      'BELLWIRE_PROT is not a setting. Did you mean BELLWIRE_PORT?',
      'BELLWIRE_LOG_LEVEL is "x" and must be one of trace, debug, info, warn, error, fatal, silent.',
    ]);
  });

  test('reads a secret from a file, without the line break at its end', () => {
    const path = join(folder, 'key');
    writeFileSync(path, 'integration-key-from-file\n');
    const expected = { ok: true, config: { integrationKey: 'integration-key-from-file' } };
    expect(readConfig({ BELLWIRE_INTEGRATION_KEY_FILE: path }, [])).toMatchObject(expected);
    expect(readConfig({}, ['--integration-key-file', path])).toMatchObject(expected);
  });

  test('refuses a file that is not there, has nothing in it, or stands beside the secret itself', () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, '\n');
    expect(problemsOf({ BELLWIRE_API_KEY_FILE: join(folder, 'missing') })[0]).toMatch(
      /^BELLWIRE_API_KEY_FILE cannot be read: ENOENT/,
    );
    expect(problemsOf({ BELLWIRE_API_KEY_FILE: empty })).toEqual([
      'The content of BELLWIRE_API_KEY_FILE is empty: leave it out for its default.',
    ]);
    expect(problemsOf({ BELLWIRE_API_KEY_FILE: empty, BELLWIRE_API_KEY: 'a' })).toEqual([
      'BELLWIRE_API_KEY and BELLWIRE_API_KEY_FILE are both given: choose one.',
    ]);
    expect(problemsOf({ BELLWIRE_PORT_FILE: empty })[0]).toMatch(/^BELLWIRE_PORT_FILE is not a setting/);
  });

  test('reads certificates from a file, and names the file that has none', () => {
    const path = join(folder, 'authority.pem');
    writeFileSync(path, `${right}${wrongName}`);
    const reading = readConfig({ BELLWIRE_EXTRA_CA_FILE: path }, []);
    expect(reading).toMatchObject({ ok: true, config: { extraCa: right + wrongName } });
    writeFileSync(path, 'none');
    expect(problemsOf({ BELLWIRE_EXTRA_CA_FILE: path })).toEqual([
      'The content of BELLWIRE_EXTRA_CA_FILE must hold at least one certificate in PEM (-----BEGIN CERTIFICATE-----).',
    ]);
    expect(problemsOf({ BELLWIRE_EXTRA_CA_FILE: join(folder, 'missing') })[0]).toMatch(
      /^BELLWIRE_EXTRA_CA_FILE cannot be read: ENOENT/,
    );
  });

  test('with any port that is free, a server is named by its process', () => {
    expect(readConfig({ BELLWIRE_PORT: '0' }, [])).toMatchObject({
      ok: true,
      config: { nodeName: `${hostname()}/${process.pid}` },
    });
  });

  test('lets a node leave something out only where another one can do it', () => {
    const roles = { BELLWIRE_ROLES: 'ingest,admin' };
    expect(problemsOf(roles)).toEqual([
      expect.stringMatching(/^BELLWIRE_ROLES leaves out deliver, and with SQLite there is no other node to do it/),
    ]);
    const key = { BELLWIRE_SECRET_KEY: 'ab'.repeat(32) };
    expect(readConfig({ ...roles, ...key, BELLWIRE_DATABASE_URL: 'postgres://db.example/bellwire' }, [])).toMatchObject(
      {
        ok: true,
        config: { roles: ['ingest', 'admin'], database: { kind: 'postgres' } },
      },
    );
  });

  test('needs the secret key for a server on PostgreSQL, and says how to make one; not for other commands', () => {
    const env = { BELLWIRE_DATABASE_URL: 'postgres://bell:hunter2@db.example/bellwire' };
    const problems = problemsOf(env);
    expect(problems).toEqual([expect.stringMatching(/^BELLWIRE_SECRET_KEY or .*openssl rand -base64 32/)]);
    expect(problems[0]).not.toContain('hunter2');
    expect(readConfig(env, [], 'client')).toMatchObject({ ok: true });
    const path = join(folder, 'secret');
    writeFileSync(path, `${Buffer.alloc(32, 7).toString('base64')}\n`);
    const withKey = readConfig({ ...env, BELLWIRE_SECRET_KEY_FILE: path }, []);
    expect(withKey).toMatchObject({ ok: true, config: { secretKey: Buffer.alloc(32, 7) } });
  });

  test('wants the address and the password of the Admin together', () => {
    expect(problemsOf({ BELLWIRE_ADMIN_EMAIL: 'a@b.example' })).toEqual([
      'BELLWIRE_ADMIN_EMAIL and BELLWIRE_ADMIN_PASSWORD must be given together.',
    ]);
    const both = { BELLWIRE_ADMIN_EMAIL: 'a@b.example', BELLWIRE_ADMIN_PASSWORD: 'correct horse battery' };
    expect(readConfig(both, [])).toMatchObject({ ok: true, config: { adminEmail: 'a@b.example' } });
    expect(problemsOf({ ...both, BELLWIRE_ADMIN_PASSWORD: 'hunter2' })).toEqual([
      'BELLWIRE_ADMIN_PASSWORD must have 12 to 256 characters.',
    ]);
  });
});

test('the help names every setting as variable and flag', () => {
  const help = describeConfig();
  expect(help).toContain('--shutdown-grace-seconds <number> (BELLWIRE_SHUTDOWN_GRACE_SECONDS)');
  expect(help.match(/^ {2}--/gm)).toHaveLength(25);
});

function problemsOf(env: Environment, argv: string[] = []): string[] {
  const reading = readConfig(env, argv);
  return reading.ok ? [] : reading.problems;
}
