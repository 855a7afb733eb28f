/** What is wrong at the node at this moment, one sentence each: for the heartbeat, readiness and the log. */
export interface Problems {
  /** @param topic what the sentence is about; a later one replaces it */
  report(topic: ProblemTopic, sentence: string): void;
  clear(topic: ProblemTopic): void;
  list(): string[];
}

type ProblemTopic =
  | "enrolment"
  | "control-plane"
  | "delivery"
  | "last-good"
  | "bundle"
  | "disk"
  | "content-keys"
  | "node-keys"
  | "events"
  | "clock"
  | "revoked"
  | "secrets"
  | "internal-keys"
  | "certificates"
  | "state-store"
  | "limits"
  | "lockouts";

export function createProblems(): Problems {
  const sentences = new Map<ProblemTopic, string>();
  return {
    report: (topic, sentence) => void sentences.set(topic, sentence.slice(0, 512)),
    clear: (topic) => void sentences.delete(topic),
    list: () => [...sentences.values()],
  };
}
