/** Accounts, as we show them and as Pendo does. */
import {
  accountAnswer,
  accountParams,
  accountQuery,
  accountSchema,
  pendoAccountAnswer,
  pendoAccountSchema,
} from './account-schema.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { given } from './given.ts';
import { pageAnswer, pageRequest, pageSchema } from './page-schema.ts';
import type { ApiServer } from './typebox.ts';

export function addAccountRoutes(api: ApiServer, { reads }: Pick<ApiDeps, 'reads'>): void {
  const tags = ['Accounts'];
  const params = accountParams;

  api.get(
    '/accounts',
    {
      schema: {
        operationId: 'listAccounts',
        summary: 'Accounts, in the order of their ids',
        tags,
        querystring: accountQuery,
        response: { 200: pageSchema(accountSchema) },
      },
    },
    async (request) => {
      const { search } = request.query;
      return pageAnswer(await reads.accounts(given({ search }), pageRequest(request.query)), accountAnswer);
    },
  );

  api.get(
    '/accounts/:id',
    { schema: { operationId: 'getAccount', summary: 'One account', tags, params, response: { 200: accountSchema } } },
    async (request) => accountAnswer(found(await reads.account(request.params.id), 'account')),
  );

  api.get(
    '/account/:id',
    {
      schema: {
        operationId: 'getPendoAccount',
        summary: "One account in the shape of Pendo's API",
        description: 'For receivers that look accounts up there: moments are epoch milliseconds.',
        tags,
        params,
        response: { 200: pendoAccountSchema },
      },
    },
    async (request) => pendoAccountAnswer(found(await reads.account(request.params.id), 'account')),
  );
}
