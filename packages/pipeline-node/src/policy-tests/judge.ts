import type { Allow, Decision } from "@sallyport/pipeline";
import type { PolicyTestExpectation } from "@sallyport/snapshot";

/** What a test expects, in words. */
export function expectedIn(expect: PolicyTestExpectation): string {
  if (expect.outcome === "deny") return `refused with ${expect.code}${expect.route === undefined ? "" : ` by the route ${expect.route}`}`;
  const { route, tenant, subject, headers } = expect;
  const as = subject === undefined ? "" : subject === null ? " as nobody" : ` as ${subject}`;
  const sent = headers.length === 0 ? "" : `, with ${headers.length} header${headers.length === 1 ? "" : "s"} looked at`;
  return `let in${as}${route === undefined ? "" : ` by the route ${route}`}${tenant === undefined ? "" : ` to ${tenant}`}${sent}`;
}

/** What was decided, in words. */
export function gotIn(decision: Decision): string {
  switch (decision.outcome) {
    case "allow":
      return `let in as ${decision.principal?.subject ?? "nobody"} by the route ${decision.route.name} to ${decision.tenant.slug}`;
    case "preflight":
      return `answered as a preflight, by the CORS policy of the route ${decision.route.name}`;
    case "deny":
      return `refused with ${decision.code}: ${decision.detail}`;
    default:
      return decision satisfies never;
  }
}

/** Everything in which the decision is another than the test expects. */
export function differencesOf(expect: PolicyTestExpectation, decision: Decision): string[] {
  if (expect.outcome === "deny") {
    if (decision.outcome !== "deny") return [`It was not refused; expected ${expect.code}`];
    const found = decision.code === expect.code ? [] : [`It was refused with ${decision.code}, not with ${expect.code}`];
    return [...found, ...other("route", expect.route, decision.route ?? "none")];
  }
  if (decision.outcome === "preflight") return ["It is a preflight: it is answered here, and reaches no upstream"];
  if (decision.outcome === "deny") return [`It was refused with ${decision.code}`];
  return [
    ...other("route", expect.route, decision.route.name),
    ...other("tenant", expect.tenant, decision.tenant.slug),
    ...otherSubject(expect.subject, decision.principal?.subject ?? null),
    ...expect.headers.flatMap(({ name, value }) => otherHeader(decision, name, value)),
  ];
}

const other = (what: string, expected: string | undefined, got: string): string[] =>
  expected === undefined || expected === got ? [] : [`Its ${what} is ${got}, not ${expected}`];

const otherSubject = (expected: string | null | undefined, got: string | null): string[] =>
  expected === undefined || expected === got ? [] : [`Its caller is ${got ?? "nobody"}, not ${expected ?? "nobody"}`];

/** A field that stands several times counts as one with its values in turn (RFC 9110 §5.3). */
function otherHeader({ upstreamHeaders }: Allow, name: string, expected: string | null): string[] {
  const wanted = name.toLowerCase();
  const values = upstreamHeaders.filter((_, index) => index % 2 === 1 && upstreamHeaders[index - 1]?.toLowerCase() === wanted);
  const got = values.length === 0 ? null : values.join(", ");
  if (got === expected) return [];
  if (got === null) return [`The upstream is not sent ${name}`];
  return [expected === null ? `The upstream is sent ${name}` : `The upstream is sent ${name}: ${got}, not ${expected}`];
}
