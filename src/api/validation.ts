/**
 * Checks what callers send against a route's schemas, and says what is wrong as one sentence about one field. Nothing is
 * taken away and nothing is guessed: a body counts as it was sent, and only query strings, where everything is text, have
 * their numbers read.
 */
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { BellwireError } from '../core/errors.ts';

/** For `setValidatorCompiler`. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  return (sent: unknown) => {
    // A request without a body is one with nothing in it: what is required is then named as missing.
    const value = httpPart === 'body' ? (sent ?? {}) : readNumbers(sent, schema);
    if (validator.Check(value)) return { value };
    return { error: complaint(validator.Errors(value)) };
  };
};

interface Finding {
  keyword: string;
  /** A JSON pointer. */
  instancePath: string;
  message: string;
  params: object;
}

function complaint(findings: readonly Finding[]): BellwireError {
  const unknown = findings.find((finding) => finding.keyword === 'additionalProperties');
  if (unknown !== undefined) {
    const [name = ''] = listOf(unknown, 'additionalProperties');
    return wrong(fieldPath(unknown.instancePath, name), 'is not a field that can be given here');
  }
  // The deepest finding is the nearest to the mistake: `events[1]`, and not `events`.
  const depth = Math.max(...findings.map((finding) => depthOf(finding)));
  const at = findings.filter((finding) => depthOf(finding) === depth);
  const specific = at.find((finding) => !vague.has(finding.keyword)) ?? at[0];
  if (specific?.keyword === 'required') {
    const [name = ''] = listOf(specific, 'requiredProperties');
    return wrong(fieldPath(specific.instancePath, name), 'is required');
  }
  const path = fieldPath(specific?.instancePath ?? '');
  const said = specific === undefined || vague.has(specific.keyword) ? alternatives(at) : sentenceOf(specific);
  return wrong(path, said);
}

/** What these say only makes sense together: a value that fits none of several forms fails each of them. */
const vague = new Set(['type', 'const', 'anyOf']);

function alternatives(findings: readonly Finding[]): string {
  const forms = findings.flatMap((finding) => {
    const params = finding.params as { type?: unknown; allowedValue?: unknown };
    if (finding.keyword === 'const') return [JSON.stringify(params.allowedValue)];
    return finding.keyword === 'type' ? [params.type].flat().map((type) => names[String(type)] ?? String(type)) : [];
  });
  return `must be ${[...new Set(forms)].join(' or ')}`;
}

const names: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

function sentenceOf(finding: Finding): string {
  return finding.keyword === 'enum'
    ? `must be one of ${listOf(finding, 'allowedValues')
        .map((value) => JSON.stringify(value))
        .join(', ')}`
    : finding.message;
}

function wrong(field: string, said: string): BellwireError {
  const message = field === '' ? `The request ${said}.` : `"${field}" ${said}.`;
  return new BellwireError('invalid_field', message, field === '' ? {} : { field });
}

/** `/retryDelaysSeconds/2` is `retryDelaysSeconds[2]`, and `/headers/X-Foo` is `headers.X-Foo`. */
function fieldPath(pointer: string, name = ''): string {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (name !== '') steps.push(name);
  return steps.map((step, index) => (/^\d+$/.test(step) ? `[${step}]` : (index > 0 ? '.' : '') + step)).join('');
}

function depthOf(finding: Finding): number {
  return finding.instancePath.split('/').length + (finding.keyword === 'required' ? 1 : 0);
}

function listOf(finding: Finding, name: string): string[] {
  const value = (finding.params as Record<string, unknown>)[name];
  return Array.isArray(value) ? value.map(String) : [];
}

function readNumbers(sent: unknown, schema: TSchema): unknown {
  if (typeof sent !== 'object' || sent === null || !('properties' in schema)) return sent;
  const properties = schema.properties as Record<string, { type?: unknown }>;
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => {
      const wantsNumber = properties[name]?.type === 'integer' && typeof value === 'string';
      return [name, wantsNumber && /^-?\d{1,16}$/.test(value) ? Number(value) : value];
    }),
  );
}
