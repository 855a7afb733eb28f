import type { FleetSpec } from "@sallyport/snapshot";
import { belongsToHttp, foldHeaderName, HeaderClassifier, isReservedHeader, isSettableHeader } from "../admit/header-classes.js";
import type { CompiledEdge } from "../compiled.js";
import { type AddressRange, parseRange } from "../ip-address.js";
import type { CompileErrors } from "./compile-error.js";

/** The fleet's settings for the stages before the tenant is known. */
export function compileEdge(settings: FleetSpec, errors: CompileErrors): CompiledEdge {
  const trustedProxies: AddressRange[] = [];
  for (const text of settings.trustedProxies) {
    const range = parseRange(text);
    if (range === null) errors.add("fleet", `trustedProxies: ${text} is not a range`);
    else trustedProxies.push(range);
  }
  const headerNames = settings.resolution.includes("header");
  if (headerNames && !isSettableHeader(settings.tenantHeader))
    errors.add("fleet", `tenantHeader: ${settings.tenantHeader} belongs to HTTP or to the gateway`);
  if (!isSettableHeader(settings.apiKeys.header)) errors.add("fleet", `apiKeys.header: ${settings.apiKeys.header} belongs to HTTP or to the gateway`);
  if (isReservedHeader(foldHeaderName(settings.apiKeys.header)))
    errors.add("fleet", `apiKeys.header: ${settings.apiKeys.header} is a name that identities are passed on under; choose another`);
  if (headerNames && foldHeaderName(settings.apiKeys.header) === foldHeaderName(settings.tenantHeader))
    errors.add("fleet", `apiKeys.header: ${settings.apiKeys.header} names the tenant already; choose another`);
  const { clientCertificateHeader: certificateHeader } = settings;
  if (certificateHeader !== undefined) checkCertificateHeader(certificateHeader.name, settings, errors);
  if (settings.tenantPathPrefix.split("/").some((segment) => segment === "." || segment === "..")) {
    errors.add("fleet", "tenantPathPrefix: no request's path has dot segments");
  }
  return {
    resolution: settings.resolution,
    baseDomainSuffixes: settings.baseDomains.map((domain) => `.${domain}`).sort((a, b) => b.length - a.length),
    tenantPathPrefix: `${settings.tenantPathPrefix}/`,
    stripTenantPath: settings.stripTenantPath,
    trustedProxies,
    headers: new HeaderClassifier(settings.reservedHeaders, {
      tenantHeader: headerNames ? settings.tenantHeader : null,
      apiKeyHeader: settings.apiKeys.header,
      certificateHeader: certificateHeader?.name ?? null,
    }),
    certificateHeaderFormat: certificateHeader?.format ?? null,
    internalIssuer: settings.internalTokens.issuer,
    apiKeyParameter: settings.apiKeys.queryParameter,
    sessions: {
      idleMs: settings.sessions.idleSeconds * 1_000,
      absoluteMs: settings.sessions.absoluteSeconds * 1_000,
      extendEveryMs: settings.sessions.extendEverySeconds * 1_000,
    },
    ...settings.limits,
  };
}

/** Its name must mean nothing else. */
function checkCertificateHeader(name: string, settings: FleetSpec, errors: CompileErrors): void {
  const folded = foldHeaderName(name);
  if (belongsToHttp(name)) errors.add("fleet", `clientCertificateHeader.name: ${name} belongs to HTTP or to the gateway`);
  const taken = [settings.apiKeys.header, ...(settings.resolution.includes("header") ? [settings.tenantHeader] : [])];
  const other = taken.find((header) => foldHeaderName(header) === folded || foldHeaderName(header) === `${folded}-chain`);
  if (other !== undefined) errors.add("fleet", `clientCertificateHeader.name: ${other} has a meaning already; choose another`);
  if (settings.trustedProxies.length === 0) errors.add("fleet", "clientCertificateHeader: name trusted proxies, from nobody else is it believed");
}
