import type { ClaimPath } from "../../claim-path.js";
import type { CompiledIdentityProvider } from "../../compiled.js";

type Idp = CompiledIdentityProvider;

/** One text for one path: `tenant` and `/tenant` find the same claim, `a/b` and `/a/b` do not. */
export const pathKeyOf = (path: ClaimPath): string => JSON.stringify(path);

/** Whether one claim is within the other: the outer one would be a text and an object at once. */
function isNested(a: ClaimPath, b: ClaimPath): boolean {
  const [outer, inner] = a.length < b.length ? [a, b] : [b, a];
  return outer.length < inner.length && outer.every((name, index) => inner[index] === name);
}

/** Some of many IdPs: enough to name one of another tenant than any given one. */
class Representatives {
  #one: Idp | undefined;
  #other: Idp | undefined;

  add(idp: Idp): void {
    if (this.#one === undefined) this.#one = idp;
    else if (this.#other === undefined && idp.tenant !== this.#one.tenant) this.#other = idp;
  }

  /** Whichever is not of this tenant. */
  besides(tenant: string): Idp | undefined {
    return this.#one?.tenant === tenant ? this.#other : this.#one;
  }
}

interface OfPath {
  readonly path: ClaimPath;
  readonly all: Representatives;
  readonly byValue: Map<string, Representatives>;
}

/**
 * IdPs that take the same tokens as far as issuer and audience go, by what their tenant claims ask. Two are told apart when each names a
 * claim and no token can carry both values: one claim with two values, or one within the other. The fleet's usual claim counts for
 * nothing: a token need not have it.
 */
export class ClaimIndex {
  readonly #all = new Representatives();
  readonly #unclaimed = new Representatives();
  readonly #paths = new Map<string, OfPath>();

  add(idp: Idp): void {
    this.#all.add(idp);
    if (idp.tenantClaim === null) {
      this.#unclaimed.add(idp);
      return;
    }
    const { path, value } = idp.tenantClaim;
    const key = pathKeyOf(path);
    const ofPath = this.#paths.get(key) ?? { path, all: new Representatives(), byValue: new Map() };
    this.#paths.set(key, ofPath);
    ofPath.all.add(idp);
    const ofValue = ofPath.byValue.get(value) ?? new Representatives();
    ofPath.byValue.set(value, ofValue);
    ofValue.add(idp);
  }

  /** An IdP of another tenant that some token satisfies together with this one; undefined when there is none. */
  partnerOf({ tenant, tenantClaim }: Idp): Idp | undefined {
    if (tenantClaim === null) return this.#all.besides(tenant);
    const unclaimed = this.#unclaimed.besides(tenant);
    if (unclaimed !== undefined) return unclaimed;
    const own = pathKeyOf(tenantClaim.path);
    const same = this.#paths.get(own)?.byValue.get(tenantClaim.value)?.besides(tenant);
    if (same !== undefined) return same;
    for (const [key, { path, all }] of this.#paths) {
      if (key === own || isNested(path, tenantClaim.path)) continue;
      const other = all.besides(tenant);
      if (other !== undefined) return other;
    }
    return undefined;
  }
}
