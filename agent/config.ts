/** Which server, which app, and where on the page it came from. The server writes it around the script. */
export interface Config {
  apiKey: string;
  /** Of the server, with the path under which it stands, and no slash at its end. */
  host: string;
}

/** The server's address by the address that the script was loaded from, whatever path it was put under. */
export function hostOf(scriptUrl: string): string {
  return scriptUrl.split('/agent/static/')[0] ?? '';
}
