/**
 * The properties of guide, NPS and poll events, in the shape in which receivers know them. What the agent gives is passed
 * on; what receivers rely on must be right; what it leaves out is there and empty, as on Pendo's own wire.
 */
import { isJsonObject, type JsonObject } from '../core/json-object.ts';
import { limits } from '../core/limits.ts';
import { optionalObject, requiredText, textOf } from './fields.ts';
import { isRefusal, type Refusal, refusal } from './refusal.ts';

/** `answer` is the member that says what the visitor answered, for the two types that have one. */
export function guideProperties(properties: unknown, answer: 'nps' | 'poll' | null): JsonObject | Refusal {
  const given = optionalObject(properties, 'properties');
  if (isRefusal(given)) return given;
  const guideId = requiredText(given['guideId'], 'properties.guideId', limits.idCharsMax);
  if (isRefusal(guideId)) return guideId;
  const guideStepId = requiredText(given['guideStepId'], 'properties.guideStepId', limits.idCharsMax);
  if (isRefusal(guideStepId)) return guideStepId;
  const guide = optionalObject(given['guideProperties'], 'properties.guideProperties');
  if (isRefusal(guide)) return guide;
  const complete: JsonObject = {
    ...given,
    guideId,
    guideStepId,
    guideProperties: { ...emptyGuide(guideId, guideStepId), ...guide },
    language: textOf(given['language'], limits.idCharsMax),
  };
  if (answer === null) return complete;
  const answered = answer === 'nps' ? npsAnswer(given['nps']) : pollAnswer(given['poll']);
  return isRefusal(answered) ? answered : { ...complete, [answer]: answered };
}

function emptyGuide(id: string, stepId: string): JsonObject {
  return {
    createdAt: 0,
    createdByUser: { username: '' },
    id,
    lastUpdatedAt: 0,
    lastUpdatedByUser: { username: '' },
    name: '',
    steps: [{ id: stepId, lastUpdatedAt: 0, resetAt: 0, type: '' }],
  };
}

function npsAnswer(nps: unknown): JsonObject | Refusal {
  if (!isJsonObject(nps))
    return refusal('invalid_field', 'properties.nps', 'properties.nps is missing: {rating, reason, source}.');
  const { rating } = nps;
  if (typeof rating !== 'number' || !Number.isInteger(rating) || rating < 0 || rating > 10) {
    return refusal(
      'invalid_field',
      'properties.nps.rating',
      'properties.nps.rating must be a whole number from 0 to 10.',
    );
  }
  return withTexts(nps, 'properties.nps', { reason: '', source: 'web' });
}

function pollAnswer(poll: unknown): JsonObject | Refusal {
  if (!isJsonObject(poll)) {
    const message = 'properties.poll is missing: {id, question, type, response, source}.';
    return refusal('invalid_field', 'properties.poll', message);
  }
  const id = requiredText(poll['id'], 'properties.poll.id', limits.idCharsMax);
  if (isRefusal(id)) return id;
  const { response } = poll;
  if (response === undefined || response === null) {
    return refusal('invalid_field', 'properties.poll.response', 'properties.poll.response is missing.');
  }
  return withTexts(poll, 'properties.poll', { question: '', source: 'web', type: '' });
}

/** The object with all of these members, each a text. */
function withTexts(object: JsonObject, field: string, defaults: Record<string, string>): JsonObject | Refusal {
  const complete: JsonObject = { ...defaults, ...object };
  for (const [key, missing] of Object.entries(defaults)) {
    complete[key] ??= missing;
    if (typeof complete[key] !== 'string') {
      return refusal('invalid_field', `${field}.${key}`, `${field}.${key} must be a text.`);
    }
  }
  return complete;
}
