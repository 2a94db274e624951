/** What the API says, by the very schemas that the server checks its answers with. */
import type { Static } from 'typebox';
import type { accountSchema } from '../../src/api/account-schema.ts';
import type { appSchema, appWithSecretSchema } from '../../src/api/app-schema.ts';
import type { tracedAttemptSchema } from '../../src/api/attempt-schema.ts';
import type { auditEntrySchema } from '../../src/api/audit-log.ts';
import type { deliverySchema, deliveryTraceSchema } from '../../src/api/delivery-schema.ts';
import type { eventSchema, eventTraceSchema } from '../../src/api/event-schema.ts';
import type { exclusionSchema } from '../../src/api/exclusions.ts';
import type { featureSchema } from '../../src/api/features.ts';
import type { integrationKeySchema, madeKeySchema } from '../../src/api/integration-keys.ts';
import type { replayCountSchema, replayRequestSchema, replaySchema } from '../../src/api/replay-schema.ts';
import type { sessionSchema, signedInSchema } from '../../src/api/session-schema.ts';
import type { settingsSchema } from '../../src/api/settings.ts';
import type {
  overviewSchema,
  sourcesSchema,
  webhookStatisticsSchema,
  webhookSummariesSchema,
} from '../../src/api/statistics-schema.ts';
import type { systemSchema } from '../../src/api/system.ts';
import type { userSchema, userWithLinkSchema } from '../../src/api/user-schema.ts';
import type { visitorSchema } from '../../src/api/visitor-schema.ts';
import type { warningSchema, warningSummariesSchema } from '../../src/api/warnings.ts';
import type {
  newWebhookSchema,
  webhookChangesSchema,
  webhookSchema,
  webhookWithSecretSchema,
} from '../../src/api/webhook-schema.ts';

import type { testedSchema } from '../../src/api/webhook-test.ts';

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

export type Account = Static<typeof accountSchema>;
export type App = Static<typeof appSchema>;
export type AppWithSecret = Static<typeof appWithSecretSchema>;
export type Attempt = Static<typeof tracedAttemptSchema>;
export type AuditEntry = Static<typeof auditEntrySchema>;
export type Delivery = Static<typeof deliverySchema>;
export type DeliveryTrace = Static<typeof deliveryTraceSchema>;
export type Event = Static<typeof eventSchema>;
export type EventTrace = Static<typeof eventTraceSchema>;
export type Exclusion = Static<typeof exclusionSchema>;
export type Feature = Static<typeof featureSchema>;
export type IntegrationKey = Static<typeof integrationKeySchema>;
export type MadeKey = Static<typeof madeKeySchema>;
export type Overview = Static<typeof overviewSchema>;
export type Replay = Static<typeof replaySchema>;
export type ReplayCount = Static<typeof replayCountSchema>;
export type ReplayRequest = Static<typeof replayRequestSchema>;
export type Session = Static<typeof sessionSchema>;
export type Settings = Static<typeof settingsSchema>;
export type SignedIn = Static<typeof signedInSchema>;
export type Source = Static<typeof sourcesSchema>['items'][number];
export type System = Static<typeof systemSchema>;
export type TestAnswer = Static<typeof testedSchema>;
export type User = Static<typeof userSchema>;
export type UserWithLink = Static<typeof userWithLinkSchema>;
export type Visitor = Static<typeof visitorSchema>;
export type IngestionWarning = Static<typeof warningSchema>;
export type WarningSummary = Static<typeof warningSummariesSchema>['items'][number];
export type Webhook = Static<typeof webhookSchema>;
export type WebhookStatistics = Static<typeof webhookStatisticsSchema>;
export type WebhookSummary = Static<typeof webhookSummariesSchema>['items'][number];
export type WebhookWithSecret = Static<typeof webhookWithSecretSchema>;
export type NewWebhook = Static<typeof newWebhookSchema>;
export type WebhookChanges = Static<typeof webhookChangesSchema>;
