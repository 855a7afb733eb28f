import { parseAsString } from "nuqs/server";

export const AUDIT_PER_PAGE = 50;

/** The audit log's search as it stands in the URL: words with a qualifier, `actor:mara action:route tenant:globex`. */
export const auditFilters = { q: parseAsString.withDefault("") };
