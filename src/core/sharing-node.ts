/** A node as others see it that share its database. */
export interface SharingNode {
  name: string;
  roles: string[];
  version: string;
  startedAt: number;
  /** Milliseconds since it last said that it is alive, by the clock of the database. */
  silentMs: number;
  /** It was silent for too long, and what it had claimed is sent by others. */
  lost: boolean;
}
