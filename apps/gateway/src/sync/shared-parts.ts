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

/** Part of a tenant at one place of its section, and the one that the tenant before had there: almost always they are alike. */
interface Place {
  last: Part | null;
}

/** A record's place, and those of its entities by name. */
interface RecordPlace {
  last: Record<string, unknown> | null;
  readonly entities: Map<string, Place>;
}

/** Whether two JSON values say the same in the same order. It may be wrong about values of which only the order differs: these are not shared. */
function alike(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [names, others] = [Object.keys(one), Object.keys(other)];
  if (names.length !== others.length) return false;
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at] as keyof typeof one;
    if (name !== others[at] || !alike(one[name], other[name])) return false;
  }
  return true;
}

/**
 * Gives equal parts of sections one object. Ten thousand tenants that were made alike differ in a few names and addresses; kept as they came,
 * they take several times the memory, and each request reads from memory what the one before has just read.
 * @returns what changes a section in place, and only what it is made of: never what it says
 */
export function createSharedParts(): (section: Section) => Section {
  const parts = new Map<string, Part>();
  const records = new Map<string, Record<string, unknown>>();
  const recordPlaces = new Map<string, RecordPlace>();
  const places = new Map<string, Place>();
  let count = 0;

  const partOf = (place: Place, value: unknown): Part => {
    if (place.last !== null && alike(place.last.value, value)) return place.last;
    const text = JSON.stringify(value);
    let part = parts.get(text);
    if (part === undefined) {
      if (parts.size >= MOST) parts.clear();
      part = { value, number: count };
      count += 1;
      parts.set(text, part);
    }
    place.last = part;
    return part;
  };

  const placeIn = (known: Map<string, Place>, name: string): Place => {
    let place = known.get(name);
    if (place === undefined) {
      if (known.size >= MOST) known.clear();
      place = { last: null };
      known.set(name, place);
    }
    return place;
  };

  /** The entities, and then the record that holds them: it is known by its names and by which entities they have. */
  const shareRecord = <V>(place: RecordPlace, record: Record<string, V>): Record<string, V> => {
    const { last } = place;
    const names = Object.keys(record);
    const numbers: number[] = [];
    let isLast = last !== null && names.length === Object.keys(last).length;
    for (const name of names) {
      const part = partOf(placeIn(place.entities, name), record[name]);
      record[name] = part.value as V;
      numbers.push(part.number);
      isLast &&= last !== null && Object.hasOwn(last, name) && last[name] === part.value;
    }
    if (isLast) return last as Record<string, V>;
    const text = JSON.stringify([names, numbers]);
    let known = records.get(text);
    if (known === undefined) {
      if (records.size >= MOST) records.clear();
      known = record;
      records.set(text, known);
    }
    place.last = known;
    return known as Record<string, V>;
  };

  const recordPlace = (name: string): RecordPlace => {
    const place = recordPlaces.get(name) ?? { last: null, entities: new Map<string, Place>() };
    recordPlaces.set(name, place);
    return place;
  };

  const shareTenant = (section: TenantSection): void => {
    const open = section as Record<string, unknown>;
    if (section.domains.length === 0) open.domains = partOf(placeIn(places, "domains"), section.domains).value;
    for (const name of RECORDS) open[name] = shareRecord(recordPlace(name), section[name] as Record<string, unknown>);
    for (const provider of Object.values(section.identityProviders)) {
      const own = provider as Record<string, unknown>;
      for (const name of PROVIDER_PARTS) if (own[name] !== undefined) own[name] = partOf(placeIn(places, name), own[name]).value;
    }
  };

  return (section) => {
    if (section.kind === "tenant") shareTenant(section);
    return section;
  };
}
