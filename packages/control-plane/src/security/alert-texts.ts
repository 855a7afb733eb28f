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
/** Of the radar: a provider that several tenants share is known by its issuer. */
const watched = (event: SecurityEvent): string =>
  event.tenant === null ? (event.issuer ?? "an identity provider") : `${provider(event)} of ${event.tenant}`;

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
  idp_unreachable: {
    title: (event) => `${watched(event)} brings no keys`,
    meaning:
      "The control plane asked the identity provider for its keys again and again and got none. Nodes may reach it by another way; what they hold goes on until the stale cap.",
    advice: "Read the cause in the evidence, then the provider's page: it says which node still has which keys, and until when.",
  },
  idp_metadata_changed: {
    title: (event) => `${watched(event)} says other things of itself`,
    meaning: "The discovery document names another issuer, other endpoints or another address of the keys than before.",
    advice: "Ask the provider's owner whether that was meant. If nobody knows of it, disable the provider and purge its keys.",
  },
  idp_key_replaced: {
    title: (event) => `A key of ${watched(event)} was replaced under its old name`,
    meaning: "A kid stands for another key than it did. Nodes that hold the old one refuse tokens of the new one until they refresh.",
    advice: "Ask the provider's owner why the key has no new kid. If the old one was stolen, purge the provider's keys.",
  },
  idp_key_withdrawn: {
    title: (event) => `A key of ${watched(event)} is gone while nodes use it`,
    meaning:
      "The provider no longer publishes a key that nodes still verify with, and its successor has stood beside it for less than a day. Tokens that it signed are refused as soon as nodes refresh.",
    advice: "If nobody meant it, have the provider publish the key again until the tokens that it signed have run out.",
  },
  idp_weak_key: {
    title: (event) => `${watched(event)} publishes a key that may not be used`,
    meaning: "A key is too weak, malformed or private. Nodes leave it out; the others work.",
    advice: "Tell the provider's owner which key it is.",
  },
  idp_algorithms_changed: {
    title: (event) => `Keys of ${watched(event)} are for other algorithms`,
    meaning: "What the provider's keys can verify is not what it was. Tokens of an algorithm that is not allowed here are refused.",
    advice: "Compare with the algorithms that the identity provider allows, and try a real token.",
  },
  idp_certificate_expiring: {
    title: (event) => `The certificate of ${watched(event)} runs out soon`,
    meaning: "When it has run out, neither nodes nor the control plane can fetch the provider's keys.",
    advice: "Have the provider renew its certificate.",
  },
  idp_new_key: {
    title: (event) => `A new signing key at ${watched(event)}`,
    meaning: "The provider publishes a key that was not there before. Tokens that it signs are accepted.",
    advice: "Nothing, if the provider is rotating its keys. If nobody there made one, treat its signing service as taken over.",
  },
} as const satisfies Record<SecurityEventKind, AlertText>;
