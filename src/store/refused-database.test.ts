import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';
import { refusalOf } from './refused-database.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

const password = 'hunter2';

test.each([
  ['28P01', 'password authentication failed for user "bell"', /refuses user or password/],
  ['28000', 'no pg_hba.conf entry for host "10.0.0.1", user "bell"', /does not let this user in from here/],
  ['3D000', 'database "bellwire" does not exist', /is not there: make it with `createdb`/],
  ['53300', 'sorry, too many clients already', /has no connection left/],
  ['57P03', 'the database system is starting up', /is starting, stopping or recovering/],
  ['42501', 'permission denied for schema public', /does not let this user make its tables/],
  ['25006', 'cannot execute CREATE TABLE in a read-only transaction', /it is a standby/],
  ['0A000', 'something of its own', /says: something of its own\./],
])('a database that answers %s is told in a sentence', async (code, message, says) => {
  const url = await databaseThat((socket) => void socket.end(errorResponse(code, message)));
  const told = await toldOf(url);
  expect(told).toMatch(says);
  expect(told).toContain(`postgres://127.0.0.1:${new URL(url).port}/bellwire `);
});

test('who asks for TLS of a database that has none is told so', async () => {
  const url = await databaseThat((socket) => void socket.write('N'));
  expect(await toldOf(`${url}?sslmode=verify-full`)).toMatch(/does not speak TLS.* sslmode=disable/);
});

test('who gives no password to a database that wants one is told so', async () => {
  const url = await databaseThat((socket) => {
    socket.once('data', () => socket.write(authentication(11, 'r=nonce,s=c2FsdA==,i=4096')));
    socket.write(authentication(10, 'SCRAM-SHA-256\0\0'));
  });
  expect(await toldOf(url.replace(`:${password}@`, '@'))).toMatch(/wants a password, and none is given/);
});

test('a database that is silent, closed or nowhere is told in a sentence', async () => {
  expect(await toldOf(await databaseThat(() => {}))).toMatch(/does not answer/);
  expect(await toldOf(await databaseThat((socket) => void socket.destroy()))).toMatch(/does not answer/);
  expect(await toldOf(`postgres://bell:${password}@127.0.0.1:1/bellwire`)).toMatch(/does not answer/);
  expect(await toldOf(`postgres://bell:${password}@nowhere.invalid/bellwire`)).toMatch(/cannot be found/);
  expect(await toldOf(`postgres://bell:${password}@/bellwire?host=/nowhere`)).toMatch(/there is no such file/);
});

test('a sentence that is made already is not made again', () => {
  const error = Object.assign(new Error('something of its own'), { code: '0A000' });
  const url = 'postgres://db.example/bellwire';
  const told = refusalOf(error, url);
  expect(refusalOf(told, url)).toBe(told);
});

test('the reason is found where it was wrapped, and where several addresses were tried', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const url = 'postgres://db.example/bellwire';
  for (const error of [new Error('gone', { cause: refused }), new AggregateError([refused, refused])]) {
    expect(refusalOf(error, url)?.message).toMatch(/^The database postgres:\/\/db.example\/bellwire does not answer/);
  }
});

test('what is not the database’s own is left as it is', () => {
  expect(refusalOf(new TypeError('undefined is not a function'), 'postgres://db/b')).toBeNull();
  expect(refusalOf(new Error('The database is ahead of this Bellwire.'), 'postgres://db/b')).toBeNull();
  expect(refusalOf('a text', 'postgres://db/b')).toBeNull();
});

/** What a person is told when this database cannot be had. */
async function toldOf(url: string): Promise<string> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 500 });
  client.on('error', () => {});
  const error: unknown = await client.connect().then(
    () => null,
    (reason: unknown) => reason,
  );
  const told = refusalOf(error, url)?.message ?? `nothing of ${String(error)}`;
  expect(told).toMatch(/^The database postgres:\/\/.*\. It is named by BELLWIRE_DATABASE_URL\.$/);
  expect(told).not.toContain(password);
  return told;
}

/** Something that listens, and does this with the first bytes that come. */
async function databaseThat(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `postgres://bell:${password}@127.0.0.1:${(server.address() as AddressInfo).port}/bellwire`;
}

/** Each message is a letter, its length, and what it says; here fields that each end with a zero. */
function errorResponse(code: string, message: string): Buffer {
  return messageOf('E', Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`));
}

/** 10 asks for a password by SCRAM, 11 goes on with it. */
function authentication(kind: number, text: string): Buffer {
  return messageOf('R', Buffer.concat([Buffer.from([0, 0, 0, kind]), Buffer.from(text)]));
}

function messageOf(letter: string, content: Buffer): Buffer {
  const head = Buffer.from(`${letter}\0\0\0\0`);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}
