import type { JsonValue } from "@sallyport/snapshot";

/** One tenant's half of a border that does not hold. */
export interface CounterSide {
  readonly tenant: string;
  /** The entity whose rules these are, `tenants/acme/identityProviders/main`. */
  readonly path: string;
  /** Its rules that the example meets, a sentence each, beginning with the field. */
  readonly rules: readonly string[];
}

/** What two tenants would both take, or what would name both: the proof that a border does not hold, for people to read. */
export interface CounterExample {
  /** `token`: claims of one token. `host`: of one request. `certificate`: what its issuer and names are. `slug`: of a tenant. */
  readonly presents: "token" | "host" | "certificate" | "slug";
  /** Members of what is presented: a token's claims, a request's host. Values are cut where they are long. */
  readonly example: Readonly<Record<string, JsonValue>>;
  readonly sides: readonly [CounterSide, CounterSide];
}

const MAX_SHOWN = 120;

/** A value for people: whole where it is short. */
export const shown = (text: string): string => (text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`);
