/** How the installation is: the node that answers, its disk, the database, and all nodes that share it. */
import {
  Boolean as Flag,
  Integer,
  Array as ListOf,
  Literal,
  Null,
  Object as ObjectOf,
  String as Text,
  Union,
} from 'typebox';
import { version } from '../core/version.ts';
import type { ApiDeps } from './deps.ts';
import { type ApiServer, moment, momentOrNull, momentOrNullSchema, momentSchema } from './typebox.ts';

export const systemSchema = ObjectOf({
  version: Text(),
  node: ObjectOf({
    name: Text(),
    roles: ListOf(Text()),
    startedAt: momentSchema,
    memoryBytes: Integer({ description: 'What the process has of the memory.' }),
  }),
  database: ObjectOf({
    kind: Union([Literal('sqlite'), Literal('postgres')]),
    address: Text({ description: 'Without its password.' }),
    bytes: Integer(),
  }),
  disk: Union(
    [
      ObjectOf({
        freeBytes: Integer(),
        totalBytes: Integer(),
        neededBytes: Integer({ description: 'With less than this free no events are taken.' }),
      }),
      Null(),
    ],
    { description: 'Of the disk with the database; null on PostgreSQL, whose disk is elsewhere.' },
  ),
  queue: ObjectOf({
    pendingCount: Integer({ description: 'Deliveries that are not finished.' }),
    oldestPendingAt: { ...momentOrNullSchema, description: 'When the event of the oldest of them came.' },
  }),
  nodes: ListOf(
    ObjectOf({
      name: Text(),
      roles: ListOf(Text()),
      version: Text(),
      startedAt: momentSchema,
      silentSeconds: Integer({ description: 'Since it last said that it is alive.' }),
      lost: Flag({ description: 'It was silent for too long: others send what it had claimed.' }),
    }),
    {
      description:
        'All nodes that share the database, those lost a few minutes ago too. Empty on SQLite, which has one.',
    },
  ),
});

/** What only the process itself knows. */
export interface OwnSystem {
  node: { name: string; roles: readonly string[] };
  startedAt: number;
  memoryBytes: number;
  database: { kind: 'sqlite' | 'postgres'; address: string };
  disk: { freeBytes: number; totalBytes: number; neededBytes: number } | null;
}

export function addSystemRoute(api: ApiServer, { reads, system }: Pick<ApiDeps, 'reads' | 'system'>): void {
  api.get(
    '/system',
    {
      schema: {
        operationId: 'getSystem',
        summary: 'How the installation is',
        tags: ['System'],
        response: { 200: systemSchema },
      },
    },
    async () => {
      const [{ databaseBytes, nodes }, queue, own] = await Promise.all([reads.system(), reads.queue(), system()]);
      const { node, startedAt, memoryBytes, database, disk } = own;
      return {
        version,
        node: { name: node.name, roles: [...node.roles], startedAt: moment(startedAt), memoryBytes },
        database: { ...database, bytes: databaseBytes },
        disk,
        queue: { pendingCount: queue.pendingCount, oldestPendingAt: momentOrNull(queue.oldestPendingAt) },
        nodes: nodes.map(({ name, roles, version: of, startedAt: since, silentMs, lost }) => ({
          name,
          roles,
          version: of,
          startedAt: moment(since),
          silentSeconds: Math.round(silentMs / 1000),
          lost,
        })),
      };
    },
  );
}
