/** How an editor writes and removes its policy, wherever it lives. */
export interface PolicySaving<Spec> {
  readonly put: (name: string, spec: Spec, version: number | null) => Promise<unknown>;
  readonly remove: (name: string, version: number) => Promise<unknown>;
}
