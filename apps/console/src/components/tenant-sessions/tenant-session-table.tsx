"use client";

import { RemoveButton } from "@/components/tenant/remove-button";
import type { TenantSessionRow } from "@/lib/rows";
import { Time } from "@/ui/time";
import { useTenantSessions } from "./use-tenant-sessions";

/** Of an id, enough to tell it from its neighbours; the whole is in the title. */
const ID_CHARACTERS = 8;

/** Sessions as rows; the id is the one that upstreams see. */
export function TenantSessionTable({
  slug,
  rows,
  mayEnd,
  onSubject,
}: {
  slug: string;
  rows: readonly TenantSessionRow[];
  mayEnd: boolean;
  onSubject: (subject: string) => void;
}) {
  const { end } = useTenantSessions(slug);
  return (
    <table className="closed">
      <thead>
        <tr>
          <th>Subject</th>
          <th className="hide-s">Identity provider</th>
          <th className="hide-s">Session</th>
          <th className="num hide-s">Signed in</th>
          <th className="num">Last used</th>
          <th className="num hide-s">Expires</th>
          {mayEnd && (
            <th className="num">
              <span className="sr">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td className="m fill" title={row.subject}>
              <button type="button" className="link plain ell" aria-label={`Sessions of ${row.subject}`} onClick={() => onSubject(row.subject)}>
                {row.subject}
              </button>
            </td>
            <td className="t2 hide-s" title={row.issuer}>
              {row.identityProvider}
            </td>
            <td className="m t3 hide-s" title={`X-Session-Id: ${row.id}`}>
              {row.id.slice(0, ID_CHARACTERS)}…
            </td>
            <td className="num t3 hide-s">
              <Time at={row.createdAt} />
            </td>
            <td className="num t3">
              <Time at={row.lastUsedAt} />
            </td>
            <td className="num t3 hide-s">
              <Time at={row.expiresAt} as="until" />
            </td>
            {mayEnd && (
              <td className="num">
                <RemoveButton
                  size="xs"
                  what={`session ${row.id.slice(0, ID_CHARACTERS)}… of ${row.subject}`}
                  short="session"
                  verb="End"
                  consequence="The browser that holds it is signed out: its next request is refused at every node. It cannot be undone; the person can sign in again."
                  asksReason
                  onRemove={(reason) => end(row, reason)}
                />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
