import type { Section, TenantSection } from "@sallyport/snapshot";

/** More different parts than this, and all are forgotten: those that come again are then shared anew. */
const MOST = 1_000;

/** Records of entities that tenants have alike, whole or one by one. Identity providers and domains are each tenant's own. */
const RECORDS = ["routes", "upstreams", "rateLimitPolicies", "propagationPolicies", "degradationPolicies", "secrets"] as const;
/** Parts of an identity provider that are the same for many. */
const PROVIDER_PARTS = ["algorithms", "audiences", "tokenTypes", "requiredClaims", "requiredScopes", "claimMapping"] as const;

interface Part {
  readonly value: unknown;
  readonly number: number;
}

/**
 * Gives equal parts of sections one object. Ten thousand tenants that were made alike differ in a few names and addresses; kept as they came,
 * they take several times the memory, and each request reads from memory what the one before has just read.
 * @returns what changes a section in place, and only what it is made of: never what it says
 */
export function createSharedParts(): (section: Section) => Section {
  const parts = new Map<string, Part>();
  let count = 0;

  const partOf = (value: unknown): Part => {
    const text = JSON.stringify(value);
    const known = parts.get(text);
    if (known !== undefined) return known;
    if (parts.size >= MOST) parts.clear();
    const part = { value, number: count };
    count += 1;
    parts.set(text, part);
    return part;
  };

  /** The entities, and then the record that holds them: it is known by its names and by which entities they have. */
  const shareRecord = <V>(record: Record<string, V>): Record<string, V> => {
    const described: [string, number][] = [];
    for (const [name, value] of Object.entries(record)) {
      const part = partOf(value);
      record[name] = part.value as V;
      described.push([name, part.number]);
    }
    const text = `record ${JSON.stringify(described)}`;
    const known = parts.get(text);
    if (known !== undefined) return known.value as Record<string, V>;
    parts.set(text, { value: record, number: -1 });
    return record;
  };

  const shareTenant = (section: TenantSection): void => {
    const open = section as Record<string, unknown>;
    if (section.domains.length === 0) open.domains = partOf(section.domains).value;
    for (const name of RECORDS) open[name] = shareRecord(section[name] as Record<string, unknown>);
    for (const provider of Object.values(section.identityProviders)) {
      const own = provider as Record<string, unknown>;
      for (const name of PROVIDER_PARTS) if (own[name] !== undefined) own[name] = partOf(own[name]).value;
    }
  };

  return (section) => {
    if (section.kind === "tenant") shareTenant(section);
    return section;
  };
}
