/** How an editor writes and removes its policy, wherever it lives. */
export interface PolicySaving {
  readonly put: (name: string, spec: unknown, version: number | null) => Promise<unknown>;
  readonly remove: (name: string, version: number) => Promise<unknown>;
}
