/**
 * Which passwords may be chosen: long ones, of any characters, that nobody would try first. No rule asks for digits or
 * signs, which makes people write `Password123!`; that one is refused because it is a common word with something around it.
 */
import { limits } from './limits.ts';

/** A sentence that says what is wrong; null when it may be chosen. */
export function passwordProblem(password: string, email: string): string | null {
  // Code points: somebody who writes in pictures has chosen as many signs as are seen.
  const charCount = Array.from(password).length;
  if (charCount < limits.passwordCharsMin) {
    return `The password must have at least ${limits.passwordCharsMin} characters. A few words that do not belong together are easy to keep in mind.`;
  }
  if (password.length > limits.passwordCharsMax) {
    return `The password can have at most ${limits.passwordCharsMax} characters.`;
  }
  const small = password.toLowerCase();
  if (isRun(small) || isRepeated(small)) {
    return 'This password is a row or a repetition, which is tried first. Choose a less regular one.';
  }
  const letters = lettersOf(small);
  if (commonWords.has(letters) || isRepeated(letters, commonWords)) {
    return 'This password is one of those that are tried first. Choose one that is less common.';
  }
  const [mailbox = '', host = ''] = email.toLowerCase().split('@');
  const own = [email.toLowerCase(), mailbox, host].map(lettersOf).filter((word) => word !== '');
  if (own.includes(letters)) return 'This password is made of the e-mail address. Choose one that is not.';
  return null;
}

/** Without what people put around a word, and with the letters for which they write digits and signs. */
function lettersOf(text: string): string {
  const trimmed = text.replace(/^[^a-z]+|[\d\W_]+$/g, '');
  return trimmed.replaceAll(/[^a-z]/g, (char) => leet[char] ?? '');
}

const leet: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};

/** A piece of a row of the alphabet, of digits or of a keyboard, in either direction. */
function isRun(text: string): boolean {
  const backwards = text.split('').toReversed().join('');
  return rows.some((row) => row.includes(text) || row.includes(backwards));
}

const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789'.repeat(26),
  '1234567890'.repeat(26),
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  '1q2w3e4r5t6y7u8i9o0p',
];

/** One piece over and over: a short one, or one of `pieces`. */
function isRepeated(text: string, pieces?: ReadonlySet<string>): boolean {
  const longest = pieces === undefined ? 4 : Math.floor(text.length / 2);
  for (let length = 1; length <= longest; length += 1) {
    const piece = text.slice(0, length);
    if (pieces !== undefined && !pieces.has(piece)) continue;
    if (text.length > length && piece.repeat(Math.ceil(text.length / length)).startsWith(text)) return true;
  }
  return false;
}

/** As letters alone: what stands around them is taken away before they are compared. */
const commonWords = new Set(
  (
    'password passwort passwords passphrase motdepasse contrasena wachtwoord senha parola mypassword yourpassword ' +
    'newpassword oldpassword thepassword passwordpassword password administrator admin administration superuser root ' +
    'user username guest test tester testing testtest demo default secret topsecret changeme changemenow letmein ' +
    'letmeinnow welcome welcomehome welcomeback iloveyou iloveyouforever iloveyousomuch trustno trustnoone qwerty ' +
    'qwertyuiop qwertz qwertzuiop azerty azertyuiop asdfghjkl zxcvbnm dragon monkey football baseball basketball ' +
    'superman batman starwars princess sunshine shadow master hello helloworld whatever freedom computer internet ' +
    'michael jennifer jordan liverpool manchester chelsea arsenal barcelona realmadrid spongebob pokemon minecraft ' +
    'bellwire bellwireadmin adminbellwire pendo webhook webhooks correcthorsebatterystaple thequickbrownfox ' +
    'thisismypassword thisisapassword nopassword mypasswordis opensesame abracadabra supercalifragilisticexpialidocious ' +
    'letmeinplease pleaseletmein justletmein startrek january february march april may june july august september ' +
    'october november december spring summer autumn winter monday tuesday wednesday thursday friday saturday sunday'
  ).split(' '),
);
