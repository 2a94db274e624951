/** What `validateInstall` says: each thing that can be wrong, in a sentence that says how to mend it. */
import type { AgentApi, Options } from './api.ts';
import { readId } from './identity.ts';

export interface Install {
  /** Of the agent's door. */
  url: string;
  api: AgentApi;
  options: Options;
  isLasting: boolean;
  isOn: boolean;
}

export async function findProblems({ url, api, options, isLasting, isOn }: Install): Promise<string[]> {
  const problems: string[] = [];
  const { visitor, account } = options;
  if (!api.isReady()) problems.push('initialize has not been called: nothing is sent.');
  else if (!isOn) problems.push('Nothing is captured: sending is stopped, or the visitor has opted out.');
  if (visitor !== undefined && 'id' in visitor && readId(visitor.id) === null)
    problems.push('visitor.id is empty or a placeholder.');
  if (account !== undefined && readId(account.id) === null) problems.push('account.id is empty or a placeholder.');
  if (!isLasting && options.disablePersistence !== true)
    problems.push('localStorage cannot be used: what is not sent is lost with the page.');
  problems.push(...(await answerProblems(url)));
  const words = [
    `[Bellwire] version ${api.getVersion()}, visitor "${api.getVisitorId()}", account "${api.getAccountId()}".`,
  ];
  // oxlint-disable-next-line no-console -- somebody sits before it, and has asked
  console.log([...words, ...(problems.length > 0 ? problems : ['All is well.'])].join('\n'));
  return problems;
}

/** Asks the server with a request that has no events. */
async function answerProblems(url: string): Promise<string[]> {
  try {
    const { status } = await fetch(url, { method: 'POST', body: '{"events":[]}', credentials: 'omit' });
    if (status === 401) return ['The API key is of no app of this server.'];
    return status === 200 ? [] : [`${url} answers ${status}: is Bellwire there?`];
  } catch {
    return [
      `${url} cannot be reached: it is down, or an ad blocker or the page's Content-Security-Policy (connect-src) is in the way.`,
    ];
  }
}
