import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/support/test-database.ts';
import { openPostgres, type Postgres } from './postgres.ts';

let database: TestDatabase;
let postgres: Postgres;

beforeEach(async () => {
  database = await openTestDatabase();
  if (database.address.kind !== 'postgres') throw new Error('This is about PostgreSQL.');
  postgres = openPostgres(database.address.url, { name: 'link' });
  await postgres.link.query('create table kept (id int primary key)');
});
afterEach(async () => {
  await postgres.close();
  await database.close();
});

const insert = 'insert into kept values ($1)';

async function kept(): Promise<unknown[]> {
  return (await postgres.link.query('select id from kept order by id')).rows.map(({ id }) => id);
}

test('what was written and not read is there when the transaction has come back', async () => {
  const { link } = postgres;
  const value = await link.transaction(async () => {
    link.write(insert, [1], 'insert');
    link.write(insert, [2], 'insert');
    return 'done';
  });
  expect(value).toBe('done');
  expect(await kept()).toEqual([1, 2]);
});

test('when any of it fails the transaction rejects as that did, keeps nothing, and the next one is sound', async () => {
  const { link } = postgres;
  const failing = link.transaction(async () => {
    link.write(insert, [1], 'insert');
    link.write(insert, [1], 'insert');
    link.write(insert, [2], 'insert');
  });
  await expect(failing).rejects.toMatchObject({ code: '23505' });
  expect(await kept()).toEqual([]);
  await link.transaction(async () => link.write(insert, [3], 'insert'));
  expect(await kept()).toEqual([3]);
});

test('work that throws takes back what it wrote before', async () => {
  const { link } = postgres;
  const throwing = link.transaction(async () => {
    link.write(insert, [1], 'insert');
    throw new Error('thought better of it');
  });
  await expect(throwing).rejects.toThrow('thought better of it');
  expect(await kept()).toEqual([]);
});
