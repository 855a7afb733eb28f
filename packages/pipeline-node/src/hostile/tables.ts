import type { HostileTable } from "../testing/hostile-case.js";
import { apiKeysTable } from "./api-keys.cases.js";
import { authorizationTable } from "./authorization.cases.js";
import { claimsInHeadersTable } from "./claims-in-headers.cases.js";
import { boundTokensTable, clientCertificatesTable } from "./client-certificates.cases.js";
import { dpopTable } from "./dpop.cases.js";
import { framingTable } from "./framing.cases.js";
import { keysTable } from "./keys.cases.js";
import { refusalsTable } from "./refusals.cases.js";
import { sessionsTable } from "./sessions.cases.js";
import { spoofedHeadersTable } from "./spoofed-headers.cases.js";
import { subjectAndTypeTable } from "./subject-and-type.cases.js";
import { targetsTable } from "./targets.cases.js";
import { tenantBorderTable } from "./tenant-border.cases.js";
import { timeAndAudienceTable } from "./time-and-audience.cases.js";
import { tokenClaimTable } from "./token-claim.cases.js";

/** SECURITY §1, clause by clause, and then what further credential kinds add. */
export const HOSTILE_TABLES: readonly HostileTable[] = [
  authorizationTable,
  keysTable,
  timeAndAudienceTable,
  tenantBorderTable,
  subjectAndTypeTable,
  claimsInHeadersTable,
  spoofedHeadersTable,
  targetsTable,
  framingTable,
  refusalsTable,
  apiKeysTable,
  sessionsTable,
  tokenClaimTable,
  clientCertificatesTable,
  boundTokensTable,
  dpopTable,
];
