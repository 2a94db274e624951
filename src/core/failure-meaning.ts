/**
 * What each error code means, in a sentence, and what a person can do about it: one table, for every place that shows one.
 * Codes come from the sending side; a code that the table does not know is told as what it is.
 */
export interface FailureMeaning {
  meaning: string;
  remedy: string;
}

export function failureMeaning(code: string): FailureMeaning {
  const status = /^http_(\d{3})$/.exec(code)?.[1];
  if (status !== undefined) return answerMeaning(Number(status));
  const [meaning, remedy] = table[code] ?? [`The attempt ended with ${code}.`, lookAtReceiver];
  return { meaning, remedy };
}

const lookAtReceiver = "Look into the receiver's log at the time of the attempt.";
const retried = 'It is tried again by itself; replay it when its retries are used up.';
const lookAtAddress = "Check the address in the webhook's settings, and that the receiver runs.";
const lookAtCertificate = "Renew or replace the receiver's certificate, then replay.";
const trustAuthority =
  'Get it one from a public authority, or have the operator trust its own with BELLWIRE_EXTRA_CA_FILE; then replay.';
const blocked =
  'If it is yours and meant to be reached, its operator can allow it with BELLWIRE_EGRESS_ALLOW; then replay.';

const answers: Readonly<Record<number, readonly [string, string]>> = {
  400: ['The receiver answered 400: it did not understand the request.', lookAtReceiver],
  401: ['The receiver answered 401: it wants credentials.', "Set them in the webhook's headers, then replay."],
  403: [
    'The receiver answered 403: it does not allow this.',
    'Check its credentials and its list of allowed senders, then replay.',
  ],
  404: [
    'The receiver answered 404: there is nothing at this address.',
    'Mend the address of the webhook, then replay.',
  ],
  408: ['The receiver answered 408: the request took it too long.', lookAtReceiver],
  410: [
    'The receiver answered 410: it is gone for good, so the webhook was switched off.',
    'Give the webhook its new address and switch it on, or delete it.',
  ],
  413: ['The receiver answered 413: the event is too large for it.', 'Raise the limit of the receiver, then replay.'],
  429: ['The receiver answered 429: it gets too much at once.', `Set a rate limit for the webhook. ${retried}`],
  503: ['The receiver answered 503: it cannot answer at the moment.', retried],
};

function answerMeaning(status: number): FailureMeaning {
  const known = answers[status];
  if (known !== undefined) return { meaning: known[0], remedy: known[1] };
  if (status >= 500) return { meaning: `The receiver answered ${status}: it has a fault of its own.`, remedy: retried };
  return {
    meaning: `The receiver answered ${status}, which is not a 2xx, so the event counts as refused.`,
    remedy: lookAtReceiver,
  };
}

const table: Readonly<Record<string, readonly [string, string]>> = {
  body_unreadable: [
    'The body of the event in the database is gone or damaged, so there was nothing to send.',
    'Check the disk of the server, and restore the database from a backup if more is damaged.',
  ],
  record_unreadable: [
    'The record of this attempt in the database is damaged.',
    'Check the disk of the server, and restore the database from a backup if more is damaged.',
  ],
  timeout: [
    "No answer came within the webhook's timeout.",
    `Let the receiver answer first and work afterwards, or raise the timeout. ${retried}`,
  ],
  redirect_not_followed: [
    'The receiver answered with a redirect, and redirects are not followed.',
    'Give the webhook the address that it redirects to, then replay.',
  ],
  connection_refused: ['Nobody listens at this address and port.', lookAtAddress],
  connection_reset: ['The receiver, or something on the way to it, broke the connection off.', retried],
  connection_failed: ['No connection to the receiver came about.', lookAtAddress],
  connect_timeout: ['The receiver did not take the connection in time.', lookAtAddress],
  host_unreachable: ["No way leads to the receiver's network.", lookAtAddress],
  dns_error: ["The receiver's name could not be found.", 'Check the host name of the webhook, and the DNS servers.'],
  dns_timeout: ['The DNS servers did not answer in time.', 'Check the DNS servers (BELLWIRE_DNS_SERVERS).'],
  tls_error: ['No TLS came about with the receiver.', "Check the receiver's TLS settings, then replay."],
  tls_expired: ["The receiver's certificate is not valid at this time.", lookAtCertificate],
  tls_self_signed: ["The receiver's certificate, or its authority's, is signed by itself.", trustAuthority],
  tls_wrong_name: ["The receiver's certificate is for another name.", lookAtCertificate],
  tls_untrusted: ["The receiver's certificate is not signed by anybody that is trusted.", trustAuthority],
  tls_version: ['The receiver speaks no version of TLS that is still safe.', 'Update the receiver, then replay.'],
  blocked_address: ["The receiver's address is private or reserved, and so was not dialled.", blocked],
  blocked_hostname: ["The receiver's name is one of an inside network, and so was not dialled.", blocked],
  blocked_port: ['The port is one that no webhook is sent to.', 'Give the webhook another port.'],
  blocked_scheme: ['Only https is allowed here.', 'Give the webhook an https address, or set BELLWIRE_EGRESS_HTTP.'],
  invalid_url: ['The address of the webhook cannot be read.', "Mend it in the webhook's settings, then replay."],
  credentials_in_url: [
    'The address has a user name or password in it.',
    "Put them into the webhook's headers instead, then replay.",
  ],
  connection_closed: ['The receiver closed the connection without an answer.', retried],
  bad_response: ['What came back was no HTTP/1.1 answer.', lookAtAddress],
  headers_too_large: ["The answer's headers were larger than what is read of one.", lookAtReceiver],
  aborted: ['The server was stopped in the middle of it.', 'It is sent again by itself.'],
  secret_unreadable: [
    'A secret of the webhook could not be decrypted, and nothing is sent unsigned.',
    'Start the server with the right BELLWIRE_SECRET_KEY or BELLWIRE_FORMER_SECRET_KEYS, or set the secrets of the webhook anew; then replay.',
  ],
  internal_error: [
    'Bellwire could not send it, by a fault of its own.',
    'The log has the details. Report it, then replay.',
  ],
  expired: ['It waited for longer than events are kept.', 'It leaves soon: replay it now if it is still wanted.'],
};
