import type { SecurityFinding } from "@sallyport/pipeline";
import type { IntrospectedIdp } from "./locate-endpoint.js";

/** Reports what is wrong with asking one IdP, each thing once in a run of trouble. */
export interface IntrospectionFindings {
  failed(detail: string): void;
  breakerOpened(detail: string): void;
  recovered(): void;
}

export function createIntrospectionFindings(idp: IntrospectedIdp, onEvent: (finding: SecurityFinding) => void): IntrospectionFindings {
  let failing = false;
  const report = (kind: "introspection_failed" | "breaker_open", detail: string) =>
    onEvent({
      kind,
      tenant: idp.tenant,
      tokenTenant: null,
      identityProvider: idp.name,
      subject: null,
      issuer: idp.issuer,
      detail: detail.slice(0, 1_024),
    });
  return {
    failed(detail) {
      if (failing) return;
      failing = true;
      report("introspection_failed", `${idp.id} could not be asked about a token: ${detail}`);
    },
    breakerOpened: (detail) => report("breaker_open", `${idp.id} is not asked about tokens for now: ${detail}`),
    recovered() {
      failing = false;
    },
  };
}
