export function buildAdmin(): Promise<void>;
/** Into a folder of its own, which is made or emptied. */
export function bundleAdmin(folder: string, kind: 'production' | 'development'): Promise<void>;
