/** What a list of revocations shows. */
export const SHOWN = ["in_force", "past"] as const;
