/** What an audit row needs for its sentence. */
interface Deed {
  readonly action: string;
  readonly targetKind: string;
  readonly targetName: string;
  readonly tenant: string | null;
}

const KINDS: Readonly<Record<string, string>> = {
  Tenant: "tenant",
  Secret: "secret",
  IdentityProvider: "identity provider",
  Upstream: "upstream",
  Route: "route",
  RateLimitPolicy: "rate limit",
  PropagationPolicy: "propagation policy",
  DegradationPolicy: "degradation policy",
  PolicyTest: "policy test",
  NodeGroup: "node group",
  ApiKey: "API key",
  PortalInvitation: "portal invitation for",
  Fleet: "fleet settings",
  TenantSession: "a session of",
  Lockout: "the lockout of",
  Subject: "subject",
  PublishRequest: "publish request",
};

const VERBS: Readonly<Record<string, string>> = {
  create: "added",
  update: "changed",
  remove: "removed",
  delete: "removed",
  put: "saved",
  suspend: "suspended",
  resume: "resumed",
  publish: "published",
  reissue: "made",
  set: "set",
  rotate: "rotated",
  end_overlap: "ended the replaced key of",
  end: "ended",
  end_of_subject: "ended the sessions of",
  end_all: "ended all sessions of",
  end_lockouts: "ended all lockouts of",
  rollback: "rolled back to",
  revoke: "revoked",
  purge_keys: "had the nodes forget the keys of",
  create_token: "revoked",
  create_subject: "revoked the tokens of",
  create_suspension: "suspended at the nodes",
  lift_token: "lifted the revocation of",
  lift_subject: "lifted the revocation of",
  lift_suspension: "lifted the suspension of",
  archive: "archived",
  invite: "invited",
  disable: "disabled",
  acknowledge: "acknowledged",
  close: "closed",
  reopen: "reopened",
  assign: "assigned",
  discard: "discarded",
  enrol: "enrolled",
  apply: "applied",
  first_admin: "became the first administrator",
  approve: "approved",
  reject: "rejected",
  withdraw: "withdrew",
  void: "found void the",
  require_approval: "switched approvals of publishes of the",
  set_roles: "set the roles of",
  enable: "enabled",
  rename: "renamed",
  retry: "sent the refused revision again to",
  enter: "came in to the portal",
  leave: "left the portal",
  portal_changes: "set what becomes of changes in the portal of",
  sign_in: "signed in",
  sign_out: "signed out",
};

/** `identity provider` for `IdentityProvider`; an unknown kind in its own words. */
export const kindWords = (kind: string): string =>
  KINDS[kind] ??
  kind
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();

/** Deeds whose target is the one who did them. */
const ALONE = /\.(?:sign_in|sign_out|first_admin|enter|leave)$/;

/** What was done, as the rest of a sentence that begins with who did it: `changed route payouts of globex`. */
export function actionPhrase({ action, targetKind, targetName, tenant }: Deed): string {
  const verb = VERBS[action.split(".").at(-1) ?? ""] ?? action;
  if (ALONE.test(action)) return verb;
  const target = targetName.startsWith(`${targetKind.toLowerCase()} `) ? targetName : `${kindWords(targetKind)} ${targetName}`;
  return `${verb} ${target}${tenant && tenant !== targetName ? ` of ${tenant}` : ""}`;
}
