/** Where the command line writes. What it was asked for goes to `out`; what it has to say about it goes to `note`. */
export interface Terminal {
  out(text: string): void;
  note(text: string): void;
}

/** Text from outside, without the control characters with which it could repaint the screen. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it takes out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\uFFFD');
}
