import { passiveHealth, type TenantSection, targetsOf, type UpstreamSpec } from "@sallyport/snapshot";
import { canonicalAuthority } from "../admit/host.js";
import type { CompiledTarget, CompiledUpstream } from "../compiled.js";
import { exact } from "../exact.js";
import { type CompileErrors, memberOf } from "./compile-error.js";

const DEFAULT_PASSIVE_HEALTH = passiveHealth.parse({});

/** A tenant's upstreams by name; null for one that cannot be used, whose fault has been added. */
export function compileUpstreams(section: TenantSection, errors: CompileErrors): ReadonlyMap<string, CompiledUpstream | null> {
  const upstreams = new Map<string, CompiledUpstream | null>();
  for (const [name, spec] of Object.entries(section.upstreams)) {
    const path = `tenants/${section.slug}/upstreams/${name}`;
    upstreams.set(name, compileUpstream(spec, { section, name, path }, errors));
  }
  return upstreams;
}

/** Where an upstream's URLs lead. */
type Place = Pick<CompiledUpstream, "targets" | "basePath"> & { readonly scheme: string };

/** By settings: tenants whose upstream is the very same share it. */
const places = new WeakMap<UpstreamSpec, Place>();

function compileUpstream(
  spec: UpstreamSpec,
  { section, name, path }: { readonly section: TenantSection; readonly name: string; readonly path: string },
  errors: CompileErrors,
): CompiledUpstream | null {
  const place = places.get(spec) ?? splitUrls(spec, path, errors);
  if (place === null) return null;
  places.set(spec, place);
  checkTls(section, { spec, path, scheme: place.scheme }, errors);
  const tenant = section.slug;
  return {
    basePath: place.basePath,
    responseTimeoutMs: spec.responseTimeoutMs,
    slotOwner: null,
    slotHeld: null,
    tenant,
    name,
    id: `${tenant}/${name}`,
    spec,
    targets: place.targets,
    passiveHealth: spec.passiveHealth ?? DEFAULT_PASSIVE_HEALTH,
  };
}

/** Splits an upstream's URLs into what is connected to and what is put before the request's path; null when it cannot be used. */
function splitUrls(spec: UpstreamSpec, path: string, errors: CompileErrors): Place | null {
  const field = spec.targets === undefined ? "url" : "targets";
  const targets: CompiledTarget[] = [];
  const seen = new Set<string>();
  let common: { readonly scheme: string; readonly basePath: string } | null = null;
  for (const { url, weight } of targetsOf(spec)) {
    const split = splitUrl(url);
    if (typeof split === "string") {
      errors.add(path, `${field}: ${split}`);
      return null;
    }
    const { scheme, basePath, origin, canonical } = split;
    // The pipeline writes the request's target before anybody chooses where it goes.
    if (common !== null && (common.scheme !== scheme || common.basePath !== basePath)) {
      errors.add(path, "targets: all must have the same scheme and the same base path; make an upstream of its own for what serves something else");
      return null;
    }
    if (seen.has(canonical)) {
      errors.add(path, `targets: ${origin} is named twice; give it a weight instead`);
      return null;
    }
    seen.add(canonical);
    common = { scheme, basePath };
    targets.push({ url, origin, weight });
  }
  return common === null ? null : { scheme: common.scheme, basePath: common.basePath, targets: exact(targets) };
}

/** TLS settings on plain http would look as if something were verified. */
function checkTls(
  section: TenantSection,
  { spec, path, scheme }: { readonly spec: UpstreamSpec; readonly path: string; readonly scheme: string },
  errors: CompileErrors,
): void {
  if (spec.tls === undefined) return;
  if (scheme !== "https") errors.add(path, "tls: the targets are plain http; write https://, or leave tls out");
  const { clientCertificate } = spec.tls;
  if (clientCertificate === undefined) return;
  const secret = memberOf(section.secrets, clientCertificate);
  if (secret === undefined) errors.add(path, `tls.clientCertificate: there is no secret ${clientCertificate}`);
  else if (secret.type !== "client_certificate")
    errors.add(path, `tls.clientCertificate: the secret ${clientCertificate} is a ${secret.type}, and a client_certificate is needed`);
}

interface SplitUrl {
  readonly scheme: string;
  readonly origin: string;
  /** The origin in the one form that all its spellings have. */
  readonly canonical: string;
  readonly basePath: string;
}

/** @returns what is wrong with it, as a sentence, where it cannot be used */
function splitUrl(url: string): SplitUrl | string {
  const match = /^(https?):\/\/([^/?#]+)([^?#]*)$/.exec(url);
  const [, scheme = "", authority = "", rest = ""] = match ?? [];
  const where = match === null ? null : canonicalAuthority(authority);
  if (where === null) return "the host or port is not one that can be connected to";
  const basePath = rest.replace(/\/+$/, "");
  if (basePath.includes("//") || basePath.split("/").some((segment) => segment === "." || segment === ".."))
    return "the path must not have '//' or dot segments";
  const port = where.port === "" ? (scheme === "https" ? 443 : 80) : Number(where.port);
  return { scheme, origin: `${scheme}://${authority}`, canonical: `${scheme}://${where.host}:${port}`, basePath };
}
