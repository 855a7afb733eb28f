"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMe } from "@/components/session/session-context";
import { ROLE_WORDS } from "@/lib/roles";
import type { PersonRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { FailedState, SkeletonRows } from "@/ui/states";
import { Status, type Tone } from "@/ui/status";
import { Time } from "@/ui/time";
import { InviteDialog } from "./invite-dialog";
import { PersonDialog } from "./person-dialog";

const STATES = { active: ["ok", "Active"], disabled: ["fail", "Disabled"], invited: ["pend", "Invited"] } as const satisfies Record<
  string,
  readonly [Tone, string]
>;

/** Who may do what. */
export function PeoplePage() {
  const trpc = useTRPC();
  const { can } = useMe();
  const people = useQuery(trpc.people.list.queryOptions());
  const [inviting, setInviting] = useState(false);
  const [editing, setEditing] = useState<PersonRow | null>(null);
  if (people.isPending) return <SkeletonRows rows={4} />;
  if (!people.data) return <FailedState what="people" error={people.error} onRetry={() => void people.refetch()} />;
  return (
    <section className="room flush">
      <RoomHead
        title="People"
        count={people.data.length}
        end={
          can("people.write") && (
            <Button size="sm" onClick={() => setInviting(true)}>
              Invite somebody
            </Button>
          )
        }
      />
      <div className="tw topped">
        <table className="closed">
          <thead>
            <tr>
              <th>Name</th>
              <th className="hide-s">E-mail</th>
              <th>Roles</th>
              <th>State</th>
              <th className="num hide-s">Last sign-in</th>
              <th className="num">
                <span className="sr">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {people.data.map((person) => (
              <tr key={person.id}>
                <td className="b">{person.displayName}</td>
                <td className="t2 hide-s">{person.email}</td>
                <td className="t2 fill">
                  {person.roles.map((grant) => ROLE_WORDS[grant.role].name + (grant.tenant ? ` of ${grant.tenant}` : "")).join(", ") || "none"}
                </td>
                <td>
                  <Status tone={STATES[person.status][0]}>{STATES[person.status][1]}</Status>
                </td>
                <td className="num t3 hide-s">
                  <Time at={person.lastSignInAt} />
                </td>
                <td className="num">
                  {can("people.write") && (
                    <Button size="xs" aria-label={`Edit ${person.displayName}`} onClick={() => setEditing(person)}>
                      Edit
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <InviteDialog open={inviting} onClose={() => setInviting(false)} />
      {editing && <PersonDialog person={editing} onClose={() => setEditing(null)} />}
    </section>
  );
}
