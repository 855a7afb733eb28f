/** How an editor writes and removes its policy, wherever it lives. */
export interface PolicySaving<Spec> {
  /** @param source the document as its author wrote it; null forgets what was kept, undefined leaves it */
  readonly put: (name: string, spec: Spec, version: number | null, source?: string | null) => Promise<unknown>;
  /** What is kept of the document in its author's words; undefined while nobody knows. */
  readonly source?: string | null | undefined;
  readonly remove: (name: string, version: number) => Promise<unknown>;
}
