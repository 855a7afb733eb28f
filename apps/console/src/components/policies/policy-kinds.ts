/** The three kinds of policies of a tenant, by the segment that stands in their address. */
export const POLICY_KINDS = {
  "rate-limits": { title: "Rate limits", one: "rate limit", name: "tenant" },
  propagation: { title: "Propagation", one: "propagation policy", name: "standard" },
  degradation: { title: "Degradation", one: "degradation policy", name: "standard" },
} as const;
export type PolicySegment = keyof typeof POLICY_KINDS;

export const isPolicySegment = (segment: string): segment is PolicySegment => Object.hasOwn(POLICY_KINDS, segment);
