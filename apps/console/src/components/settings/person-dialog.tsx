"use client";

import type { Role } from "@sallyport/control-plane";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { problemText } from "@/lib/problem";
import { FLEET_ROLES } from "@/lib/roles";
import type { PersonRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { notify } from "@/ui/toast";
import { RoleChoice } from "./role-choice";

/** Changes what somebody may do, or closes their account. */
export function PersonDialog({ person, onClose }: { person: PersonRow; onClose: () => void }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const setRoles = useMutation(trpc.people.setRoles.mutationOptions());
  const disable = useMutation(trpc.people.disable.mutationOptions());
  const isFleet = (role: Role) => FLEET_ROLES.some((known) => known === role);
  const [roles, setChosen] = useState<Role[]>(person.roles.filter((grant) => isFleet(grant.role)).map((grant) => grant.role));
  const bound = person.roles.filter((grant) => !isFleet(grant.role));
  const done = (title: string) => () => {
    notify({ title });
    void client.invalidateQueries({ queryKey: trpc.people.pathKey() });
    onClose();
  };
  const failure = setRoles.error ?? disable.error;
  return (
    <Dialog open onClose={onClose} title={person.displayName} description={person.email}>
      <div>
        <RoleChoice value={roles} onChange={setChosen} error={failure ? problemText(failure) : undefined} />
      </div>
      <footer>
        {person.status === "active" && (
          <Button
            variant="danger"
            busy={disable.isPending}
            onClick={() => disable.mutate({ personId: person.id }, { onSuccess: done(`${person.displayName} can no longer sign in`) })}
          >
            Disable the account
          </Button>
        )}
        <span className="grow" />
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="primary"
          busy={setRoles.isPending}
          onClick={() =>
            setRoles.mutate(
              { personId: person.id, roles: [...roles.map((role) => ({ role, tenant: null })), ...bound] },
              { onSuccess: done(`The roles of ${person.displayName} are saved`) },
            )
          }
        >
          Save roles
        </Button>
      </footer>
    </Dialog>
  );
}
