import type { RouteSpec, TenantSection } from "@sallyport/snapshot";

/** A route that answers for requests, by its name. */
export interface NamedRoute {
  readonly name: string;
  readonly spec: RouteSpec;
}

/** Requests that one route answered before and one answers after; null where none does. */
export interface Region {
  /** Whole segments below it; empty for everything. */
  readonly prefix: string;
  /** `*` stands for every method that no route names. */
  readonly method: string;
  readonly before: NamedRoute | null;
  readonly after: NamedRoute | null;
}

/** As the compiler compares them: `/v1/` and `/v1` are one. */
const prefixOf = ({ pathPrefix }: RouteSpec): string => pathPrefix.replace(/\/+$/, "");

const ANY_OTHER = "*";

const isWithin = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);

/** The longest prefix decides alone, and of its routes the one with the method; the rules of `matchRoute` (docs/declarative.md, Route). */
function routeOf(routes: readonly NamedRoute[], prefix: string, method: string): NamedRoute | null {
  const matching = routes.filter(({ spec }) => isWithin(prefix, prefixOf(spec)));
  const longest = Math.max(...matching.map(({ spec }) => prefixOf(spec).length));
  const deciding = matching.filter(({ spec }) => prefixOf(spec).length === longest);
  return deciding.find(({ spec }) => spec.methods.includes(method)) ?? deciding.find(({ spec }) => spec.methods.length === 0) ?? null;
}

const routesOf = (section: TenantSection): NamedRoute[] => Object.entries(section.routes).map(([name, spec]) => ({ name, spec }));

/**
 * Every kind of request that two states of a tenant's routes tell apart: between two prefixes that stand in either state nothing changes,
 * so that the prefixes themselves, with each method, stand for all requests. That a route is renamed, replaced by a longer one, or taken
 * away from above a wider one, all come out as what they do to requests.
 */
export function requestRegions(before: TenantSection, after: TenantSection): Region[] {
  const [old, fresh] = [routesOf(before), routesOf(after)];
  const all = [...old, ...fresh];
  const prefixes = new Set(all.map(({ spec }) => prefixOf(spec)));
  const methods = new Set([...all.flatMap(({ spec }) => spec.methods), ANY_OTHER]);
  const regions: Region[] = [];
  for (const prefix of [...prefixes].sort())
    for (const method of [...methods].sort())
      regions.push({ prefix, method, before: routeOf(old, prefix, method), after: routeOf(fresh, prefix, method) });
  return regions;
}
