import type { SecurityEvent, SecurityEventKind } from "@sallyport/snapshot/protocol";
import { type CheckId, definitionOf } from "../health/catalogue.js";

/** What an alert of each kind is called and what somebody should do about it. The compiler completes the table. */
interface AlertText {
  /** One line for lists. */
  readonly title: (event: SecurityEvent) => string;
  /** What it means, for the drawer. */
  readonly meaning: string;
  /** What to do first. */
  readonly advice: string;
}

/** What a health check looks at as well, in its words. */
const ofCheck = (id: CheckId): Pick<AlertText, "meaning" | "advice"> => {
  const { cause, fix } = definitionOf(id);
  return { meaning: cause, advice: fix };
};

const at = (event: SecurityEvent): string => event.tenant ?? "the fleet";
const provider = (event: SecurityEvent): string => event.identityProvider ?? "an identity provider";

export const ALERT_TEXTS = {
  cross_tenant_attempt: {
    title: (event) => `Token of ${event.tokenTenant ?? "another tenant"} used at ${at(event)}`,
    meaning: "A credential of one tenant was presented at another. It was refused; nothing got through.",
    advice: "Ask the owner of the client whether it calls the wrong host; if not, revoke the subject's credentials.",
  },
  algorithm_attack: {
    title: (event) => `Forged algorithm at ${at(event)}`,
    meaning: "A token named an algorithm that nobody may use here (none, HMAC): a known way to forge tokens.",
    advice: "Look at the client addresses; block them upstream of the gateways if they go on.",
  },
  dpop_replay: {
    title: (event) => `Proof of ${provider(event)} sent twice to ${at(event)}`,
    meaning: "A proof of possession (DPoP) that had been used came again. It was refused; the first one had passed.",
    advice:
      "Ask the client's owner whether it repeats requests with the same proof; if not, somebody reads its traffic: revoke the subject's tokens.",
  },
  revoked_credential: {
    title: (event) => `Revoked credential presented at ${at(event)}`,
    meaning: "A token, a session or an API key that was revoked came again. It was refused; nothing got through.",
    advice:
      "Look at the client addresses: the owner's client may not have noticed, and needs a new credential. From elsewhere it is somebody who has stolen it.",
  },
  spoofed_identity_header: {
    title: (event) => `Identity headers sent to ${at(event)}`,
    meaning: "A client sent headers that only the gateway may set. They were taken off before the request went on.",
    advice: "Find out whether a client has been built against the upstream directly, or somebody tries to pose as another.",
  },
  tenant_conflict: {
    title: (event) => `Requests that name two tenants, ${at(event)} among them`,
    meaning: "Two sources of one request named different tenants. It was refused.",
    advice: "Compare the host, the path and the tenant header that the client sends.",
  },
  unknown_key_flood: {
    title: (event) => `Flood of unknown keys at ${provider(event)} of ${at(event)}`,
    meaning: "Many tokens named signing keys that the identity provider does not have.",
    advice: "Check whether the provider rotated keys without publishing them; otherwise somebody is probing.",
  },
  jwks_refresh_failed: {
    title: (event) => `Keys of ${provider(event)} of ${at(event)} cannot be refreshed`,
    ...ofCheck("SP-KEYS-003"),
  },
  stale_jwks_in_use: {
    title: (event) => `Stale keys of ${provider(event)} of ${at(event)} in use`,
    ...ofCheck("SP-KEYS-002"),
  },
  idp_keys_expired: {
    title: (event) => `Keys of ${provider(event)} of ${at(event)} are past the stale cap`,
    ...ofCheck("SP-KEYS-001"),
  },
  jwk_skipped: {
    title: (event) => `A key of ${provider(event)} of ${at(event)} is not usable`,
    meaning: "The provider publishes a key that is too weak, malformed or private. It was left out; the others work.",
    advice: "Tell the provider's owner which key it is.",
  },
  introspection_failed: {
    title: (event) => `${provider(event)} of ${at(event)} does not answer about tokens`,
    meaning: "A node could not ask the identity provider whether a token is active, or could not read its answer.",
    advice: "Open the identity provider, check the introspection endpoint and that its client may introspect.",
  },
  breaker_open: {
    title: (event) => `Introspection at ${provider(event)} of ${at(event)} is switched off for now`,
    meaning: "Calls failed in a row, so a node leaves the endpoint alone for a while and does what the degradation policy says.",
    advice: "Restore the endpoint. The node tries it again by itself and goes back to normal when it answers.",
  },
  pass_through_active: {
    title: (event) => `Requests pass unauthenticated at ${at(event)}`,
    meaning: "The identity provider cannot be asked about tokens, and the route's degradation policy lets requests pass all the same.",
    advice: "Restore the introspection endpoint now, or change the degradation policy to USE_CACHED_OR_REJECT and publish.",
  },
  rate_limit_exceeded: {
    title: (event) => `Rate limit reached at ${at(event)}`,
    meaning: "Requests above a rate limit were refused with 429.",
    advice: "See whether the traffic is wanted; raise the limit or leave it refused.",
  },
  lockout: {
    title: (event) => `Addresses locked out at ${at(event)}`,
    meaning:
      "Client addresses failed to authenticate again and again, and are refused with 429 for a time; or sign-ins as one username did, and are slowed down. The count is that of lockouts.",
    advice: "Look at the tenant's lockouts: one address is often a client with a stale credential, many at once are somebody who tries credentials.",
  },
  snapshot_refused: {
    title: () => "A node refused a revision",
    ...ofCheck("SP-NODE-003"),
  },
  last_good_refused: {
    title: () => "A node's stored snapshot did not verify",
    meaning: "The last-good file on a node's disk was torn or edited. The generation before was used.",
    advice: "Check the node's disk, and who can write to its data directory.",
  },
  events_dropped: {
    title: () => "A node had to let security events go",
    ...ofCheck("SP-CTRL-004"),
  },
  unapproved_publish: {
    title: () => "A revision was published without approval",
    meaning: "This installation asks for a second person before a publish. Somebody went past that, with a word and a reason.",
    advice: "Read the reason and the revision's changes. If it was no emergency, roll back and speak with whoever published.",
  },
  node_key_misused: {
    title: (event) => `A key of the node ${event.subject ?? "?"} is used by somebody else`,
    meaning:
      "A key that the node gave up was used after its time, or a renewal of its keys was forged or sent twice. The call was refused; the node's present key is not affected.",
    advice:
      "If the node was restored from an old copy of its disk, enrol it anew. Otherwise somebody has a copy of its key folder: find out how, and revoke the node if its present key may be known too.",
  },
} as const satisfies Record<SecurityEventKind, AlertText>;
