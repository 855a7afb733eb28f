import type { ReactNode } from "react";
import { countOf } from "@/lib/format";
import type { AlertDetail } from "@/lib/rows";
import { Passage } from "@/ui/passage";
import { Time } from "@/ui/time";

/** Whose token, and at whose gate: a shut gate between the two. */
export function CrossTenantPassage({ detail }: { detail: AlertDetail }) {
  const { alert, evidence } = detail;
  if (alert.kind !== "cross_tenant_attempt" || !alert.tenant) return null;
  return (
    <section>
      <Passage
        label="The tenants on both sides"
        steps={[
          { title: "token of", what: alert.tokenTenant ?? "another tenant", detail: evidence?.issuer ?? undefined },
          { title: "asked for", what: alert.tenant, detail: evidence?.route ?? evidence?.path ?? undefined, shut: true },
        ]}
      />
    </section>
  );
}

/** Facts of the newest event, and from how many places the others came. */
export function Evidence({ evidence }: { evidence: NonNullable<AlertDetail["evidence"]> }) {
  const { clientIps, nodes } = evidence;
  const more = (list: readonly string[], one: string, many: string) =>
    list.length > 1 ? <span className="t3"> and {countOf(list.length - 1, `other ${one}`, `other ${many}`)}</span> : null;
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Found", evidence.detail],
    ["Code", evidence.code && <code>{evidence.code}</code>],
    ["Subject", evidence.subject && <code>{evidence.subject}</code>],
    ["Issuer", evidence.issuer && <code>{evidence.issuer}</code>],
    [
      "Client IP",
      clientIps[0] && (
        <>
          <code>{clientIps[0]}</code>
          {more(clientIps, "address", "addresses")}
        </>
      ),
    ],
    ["Request", evidence.path && <code>{`${evidence.method ?? ""} ${evidence.path}`}</code>],
    ["Route", evidence.route && <code>{evidence.route}</code>],
    [
      "Node",
      nodes[0] && (
        <>
          <code>{nodes[0]}</code>
          {more(nodes, "node", "nodes")}
        </>
      ),
    ],
    ["Request id", evidence.requestId && <code>{evidence.requestId}</code>],
    ["Client", evidence.userAgent && <code>{evidence.userAgent}</code>],
    [
      "Token",
      evidence.tokenHash && (
        <>
          <code>hmac {evidence.tokenHash}</code> <span className="t3">never stored</span>
        </>
      ),
    ],
  ];
  return (
    <section>
      <h3>Evidence</h3>
      <dl className="kv">
        {facts.map(([name, fact]) =>
          fact ? (
            <div key={name} className="contents">
              <dt>{name}</dt>
              <dd>{fact}</dd>
            </div>
          ) : null,
        )}
      </dl>
    </section>
  );
}

/** The newest events behind the alert. */
export function NewestEvents({ events }: { events: AlertDetail["events"] }) {
  if (events.length === 0) return null;
  return (
    <section>
      <h3>Newest events</h3>
      <ul className="ev">
        {events.slice(0, 10).map((event) => (
          <li key={event.id}>
            <span className="m11 t3">
              <Time at={event.at} as="precise" />
            </span>
            <span className="ell m11">
              {event.clientIp ?? event.node} {event.method} {event.path}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What was done with the alert, by whom. */
export function History({ history }: { history: AlertDetail["history"] }) {
  return (
    <section>
      <h3>History</h3>
      <ol className="hist-l">
        {history.map((entry) => (
          <li key={entry.id}>
            <span className="m11 t3">
              <Time at={entry.at} as="clock" />
            </span>
            <span>
              {entry.actorName} {entry.action.replaceAll("_", " ")}
              {entry.note && <span className="t3">: {entry.note}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
