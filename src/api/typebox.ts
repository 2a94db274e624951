/**
 * Schemas as types: with this provider a route's parameters, body and answer have the types that its schemas describe. And
 * the few schemas that every noun uses.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyTypeProvider, RawServerDefault } from 'fastify';
import { Object as ObjectOf, Optional, type Static, String as Text, type TSchema, Unsafe } from 'typebox';

interface TypeBoxProvider extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

/** The part of the server that the API's routes are added to. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxProvider
>;

type SimpleType = 'string' | 'integer' | 'number' | 'boolean';
type ValueOf = { string: string; integer: number; number: number; boolean: boolean };

/** A text or number that may be null, as JSON Schema writes it: `{"type": ["string", "null"]}`. */
export function nullable<Type extends SimpleType>(type: Type, options: object = {}) {
  return Unsafe<ValueOf[Type] | null>({ type: [type, 'null'], ...options });
}

/** One of the words, and nothing else. */
export function oneOf<Word extends string>(words: readonly Word[], options: object = {}) {
  return Unsafe<Word>({ type: 'string', enum: [...words], ...options });
}

/** An object that takes no other fields: a misspelt one is an error and never silently nothing. */
export const closed = { additionalProperties: false } as const;

/** For calls that need nothing more than their path. */
export const nothingSchema = ObjectOf({}, closed);

export const momentSchema = Text({ format: 'date-time', examples: ['2026-11-22T09:30:00.000Z'] });
export const momentOrNullSchema = nullable('string', { format: 'date-time' });

/** Epoch milliseconds, as everything inside counts, to the UTC text that the API shows. */
export function moment(at: number): string {
  return new Date(at).toISOString();
}

export function momentOrNull(at: number | null): string | null {
  return at === null ? null : moment(at);
}

/** Every answer that is not a 2xx; one schema that all routes refer to. */
export const errorSchema = ObjectOf(
  {
    error: ObjectOf({
      code: Text({ description: 'Stable; made to be compared with.' }),
      message: Text({ description: 'What is wrong, where, and how to mend it.' }),
      field: Optional(Text({ description: 'The field at fault, as a path: `headers.X-Foo`, `events[2]`.' })),
    }),
  },
  { $id: 'Error', description: 'Nothing was changed.' },
);
export const errorReference = { $ref: 'Error#' };
