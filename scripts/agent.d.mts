export function buildAgent(): Promise<void>;
