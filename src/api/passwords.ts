/**
 * Hashes passwords, slowly and with much memory, so that whoever has stolen the hashes can try few. Argon2id as OWASP advises
 * it, written down with its parameters, so that they can be raised: a hash with others still fits, and is made anew when its
 * owner signs in.
 *
 *   $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>      the last two in base64 without padding
 *
 * Few are made at once and few wait, because each takes 19 MB and a thread that files are read by too.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';

export interface Passwords {
  /** Rejects with `rate_limited` when too many wait already; so does `check`. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the one that was hashed, and the hash that it should have from now on, if that is another. Takes
   * as long when there is nothing to compare with.
   */
  check(password: string, hash: string | null): Promise<{ isRight: boolean; newHash: string | null }>;
}

interface Parameters {
  memory: number;
  passes: number;
  parallelism: number;
}

const current: Parameters = { memory: 19_456, passes: 2, parallelism: 1 };

export function createPasswords(parameters = current): Passwords {
  const turn = turns(limits.passwordHashesMax, limits.passwordHashesWaitingMax);

  function hash(password: string): Promise<string> {
    return turn(async () => {
      const salt = randomBytes(saltBytes);
      return written(parameters, salt, await derive(password, salt, parameters));
    });
  }

  return {
    hash,
    async check(password, stored) {
      const known = stored === null ? null : read(stored);
      if (stored !== null && known === null)
        throw new Error('The hash of a password is not in the form in which we write them.');
      const { salt, tag, ...made } = known ?? {
        salt: Buffer.alloc(saltBytes),
        tag: Buffer.alloc(tagBytes),
        ...parameters,
      };
      const derived = await turn(() => derive(password, salt, made));
      const isRight = timingSafeEqual(derived, tag) && known !== null;
      const isCurrent = written(made, salt, tag) === written(parameters, salt, tag);
      return { isRight, newHash: isRight && !isCurrent ? await hash(password) : null };
    },
  };
}

const saltBytes = 16;
const tagBytes = 32;

function derive(message: string, nonce: Buffer, parameters: Parameters): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    argon2('argon2id', { message, nonce, tagLength: tagBytes, ...parameters }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function written({ memory, passes, parallelism }: Parameters, salt: Buffer, tag: Buffer): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function read(hash: string): (Parameters & { salt: Buffer; tag: Buffer }) | null {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(hash);
  if (match === null) return null;
  const [, memory, passes, parallelism, salt = '', tag = ''] = match;
  const bytes = Buffer.from(tag, 'base64');
  if (bytes.length !== tagBytes) return null;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: bytes,
  };
}

/** Lets so many work at once, and so many wait for their turn. */
function turns(atOnceMax: number, waitingMax: number): <Value>(work: () => Promise<Value>) => Promise<Value> {
  let working = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (working >= atOnceMax) {
      if (waiting.length >= waitingMax) {
        const message = 'Many people are signing in just now. Try again in a few seconds.';
        throw new BellwireError('rate_limited', message, { retryAfterSeconds: 3 });
      }
      await new Promise<void>((resolve) => void waiting.push(resolve));
    } else {
      working += 1;
    }
    try {
      return await work();
    } finally {
      // Whoever waits longest takes the place over, so that nobody who comes just now can.
      const next = waiting.shift();
      if (next === undefined) working -= 1;
      else next();
    }
  };
}
