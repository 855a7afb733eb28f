import type { Severity } from "@sallyport/snapshot/protocol";
import type { Permission } from "../access/permissions.js";

/** What is looked at, what it means when something is found, and what to do then. */
export interface CheckDefinition {
  /** The check, as a thing that holds while all is well. */
  readonly title: string;
  readonly area: "Nodes" | "Keys of identity providers" | "Configuration" | "Control plane" | "Credentials";
  /** Of what it finds. */
  readonly severity: Severity;
  /** What a finding makes of the check. */
  readonly found: "warn" | "fail";
  /** The facts that it is judged by. */
  readonly looksAt: string;
  readonly cause: string;
  readonly fix: string;
  /** What somebody must be allowed to see its findings, beside reading the fleet. */
  readonly needs?: Permission;
  /** It tells of the replica that answers, and not of the installation. */
  readonly ofReplica?: true;
}

/** Every check: the console's page, REST, `sallyport health`, the problems of the overview and the texts of alerts of the same matters. */
export const HEALTH_CHECKS = {
  "SP-NODE-001": {
    title: "Every node is heard",
    area: "Nodes",
    severity: "high",
    found: "fail",
    looksAt: "the age of each active node's last heartbeat: 15 s at most",
    cause: "The node has ended, its machine is away, or it cannot reach the control plane. It may still serve what it has.",
    fix: "Look at the node's process and its log, then at the way from it to the control plane. A node that is gone for good is revoked.",
  },
  "SP-NODE-002": {
    title: "Every node that enrolled has reported",
    area: "Nodes",
    severity: "low",
    found: "warn",
    looksAt: "active nodes without any heartbeat",
    cause: "The node enrolled and ended before its first heartbeat, or was enrolled as a trial.",
    fix: "Start the node again with the same data folder, or revoke it.",
  },
  "SP-NODE-003": {
    title: "No node refuses its revision",
    area: "Nodes",
    severity: "high",
    found: "fail",
    looksAt: "each node's answer to the revision that it should run",
    cause: "The revision does not verify or compile at the node. It goes on with the one before, so that the fleet does not run one configuration.",
    fix: "Open the revision, read the node's reason, correct the configuration and publish, or roll back.",
  },
  "SP-NODE-004": {
    title: "Every node runs its target revision",
    area: "Nodes",
    severity: "medium",
    found: "warn",
    looksAt: "what each node runs against what it is offered, a minute after it was published",
    cause: "The node does not poll, or cannot fetch the revision.",
    fix: "Look at the node's log for its last poll; see whether a proxy on the way ends long polls or large answers.",
  },
  "SP-NODE-005": {
    title: "What nodes decide by is what was published",
    area: "Nodes",
    severity: "critical",
    found: "fail",
    looksAt: "the root hash that each node's request path uses, as it tells with each heartbeat, against that of its revision",
    cause: "A node runs content under a revision's number that is not that revision's. That must never happen.",
    fix: "Take the node out of the traffic, keep its disk and its log, revoke it and enrol it anew; report it as a defect.",
  },
  "SP-NODE-006": {
    title: "Nodes' clocks are right",
    area: "Nodes",
    severity: "medium",
    found: "warn",
    looksAt: "each node's clock against this one's: 30 s at most",
    cause: "The clock of the node's machine, or of this one, is not synchronised. Tokens are accepted too long or refused too early.",
    fix: "Start time synchronisation (NTP) on the machine that is off.",
  },
  "SP-NODE-007": {
    title: "Nodes' versions are at most one apart",
    area: "Nodes",
    severity: "medium",
    found: "warn",
    looksAt: "the version that each node tells against the newest one in the fleet",
    cause: "A node was left out of an upgrade. Nodes and control plane understand each other one version apart, and not beyond.",
    fix: "Upgrade the node.",
  },
  "SP-NODE-008": {
    title: "No node says that something is wrong",
    area: "Nodes",
    severity: "medium",
    found: "warn",
    looksAt: "readiness, missed heartbeats, and the problems that nodes tell: state store, disk, secrets, certificates, upstreams",
    cause: "The node says it itself; the finding has its words.",
    fix: "Open the node and read what it says is wrong.",
  },
  "SP-NODE-009": {
    title: "Nodes renew their keys",
    area: "Nodes",
    severity: "medium",
    found: "warn",
    looksAt: "the age of each node's own key, and renewals that were asked for and have not come within ten minutes",
    cause: "The node's build does not renew keys, its renewals are refused, or its disk refuses to keep new keys.",
    fix: "Read what the node says is wrong; upgrade a node whose build does not renew keys, or revoke it and enrol it anew.",
  },
  "SP-KEYS-001": {
    title: "No provider's keys are past the stale cap",
    area: "Keys of identity providers",
    severity: "critical",
    found: "fail",
    looksAt: "the state of each provider's keys at each node",
    cause: "The provider's JWKS endpoint has not answered for longer than its keys may be used: its requests are answered with 503.",
    fix: "Restore the provider's JWKS endpoint now, or raise the stale cap in the degradation policy and publish.",
  },
  "SP-KEYS-002": {
    title: "No provider's keys are stale",
    area: "Keys of identity providers",
    severity: "high",
    found: "fail",
    looksAt: "the state of each provider's keys at each node",
    cause: "Keys older than their lifetime verify tokens, because the provider cannot be reached.",
    fix: "Restore the provider's JWKS endpoint before the stale cap is reached: from then on tokens are refused.",
  },
  "SP-KEYS-003": {
    title: "Providers' keys can be refreshed",
    area: "Keys of identity providers",
    severity: "medium",
    found: "warn",
    looksAt: "the state of each provider's keys at each node",
    cause: "A node could not fetch the identity provider's keys. It goes on with those that it has.",
    fix: "Open the identity provider and run its checks.",
  },
  "SP-CONF-001": {
    title: "The draft can be published",
    area: "Configuration",
    severity: "medium",
    found: "warn",
    looksAt: "what is not published yet, composed and compiled as a publish would",
    cause: "Something in the draft does not fit together. What is live is not affected.",
    fix: "Review the draft and correct what it names.",
    needs: "draft.read",
  },
  "SP-CONF-002": {
    title: "Every tenant lets somebody in",
    area: "Configuration",
    severity: "low",
    found: "warn",
    looksAt: "active tenants without an identity provider that is enabled",
    cause: "The tenant is not set up yet, or its last provider was disabled or deleted. Every token is refused there.",
    fix: "Add an identity provider, enable one, or invite the tenant to do it in the portal.",
  },
  "SP-CONF-003": {
    title: "No rollout stands still",
    area: "Configuration",
    severity: "high",
    found: "fail",
    looksAt: "rollouts in stages that have halted and are not over",
    cause: "A node refused the new content, or nodes that have it refuse more requests than those before. The others keep the old content.",
    fix: "Open the rollout, read why it halted, and roll back or go on.",
    needs: "draft.read",
  },
  "SP-CTRL-001": {
    title: "The master key opens what is sealed",
    area: "Control plane",
    severity: "critical",
    found: "fail",
    looksAt: "the signing key, opened with the master key; and which master key the stored secrets, content keys and internal keys were sealed with",
    cause:
      "This console runs with another master key than the one that sealed them, or rows were changed. Nothing can be published, or secrets cannot be sent.",
    fix: "Give the console the master key that the finding names (SALLYPORT_MASTER_KEY), or set the secrets anew.",
  },
  "SP-CTRL-002": {
    title: "Changes are heard at once",
    area: "Control plane",
    severity: "medium",
    found: "warn",
    looksAt: "this replica's connection for notifications of the database; a re-check sends one and waits for it",
    cause: "The connection is lost, or a pooler on the way does not pass notifications. Nothing is lost: polls look at the database every 5 s.",
    fix: "Give the console a direct connection to PostgreSQL, or one through a pooler in session mode.",
    ofReplica: true,
  },
  "SP-CTRL-003": {
    title: "The state store answers",
    area: "Control plane",
    severity: "high",
    found: "fail",
    looksAt: "a question to the state store, where this console was told of one",
    cause: "Redis or PostgreSQL of the state store is away, or its address or credentials are wrong. Nodes refuse sessions while it is.",
    fix: "Restore the store, then look at SALLYPORT_STATE_URL of the console and of the nodes.",
    ofReplica: true,
  },
  "SP-CTRL-004": {
    title: "No node lets security events go",
    area: "Control plane",
    severity: "medium",
    found: "warn",
    looksAt: "events that nodes said they had to drop in the last 24 hours",
    cause: "The bounded buffer of a node was full while the control plane was away. Counts of alerts are too low for that time.",
    fix: "Look at the node's connection to the control plane.",
  },
  "SP-CRED-001": {
    title: "No join token for many nodes is about to end",
    area: "Credentials",
    severity: "low",
    found: "warn",
    looksAt: "reusable join tokens that end within a day",
    cause: "Nodes that start with this token after its end cannot enrol.",
    fix: "Make a new join token and give it to whatever starts nodes.",
  },
  "SP-CRED-002": {
    title: "No API token in use is about to end",
    area: "Credentials",
    severity: "low",
    found: "warn",
    looksAt: "API tokens that were used in the last 30 days and end within a week, or ended within the last one",
    cause: "Whatever calls with this token is refused from its end on.",
    fix: "Make a new API token with the same scopes and give it to the caller.",
  },
} as const satisfies Record<string, CheckDefinition>;

export type CheckId = keyof typeof HEALTH_CHECKS;
export const CHECK_IDS = Object.keys(HEALTH_CHECKS) as [CheckId, ...CheckId[]];
export const definitionOf = (id: CheckId): CheckDefinition => HEALTH_CHECKS[id];
