"use client";

import { entityName } from "@sallyport/snapshot";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import type { FieldValues } from "react-hook-form";
import type { SpecForm } from "@/components/forms/use-spec-form";
import { useMe } from "@/components/session/session-context";
import { RemoveButton } from "@/components/tenant/remove-button";
import type { DocumentText } from "@/components/yaml/use-document-text";
import { Button, LinkButton } from "@/ui/button";
import { TextField } from "@/ui/field";
import { PageHead } from "@/ui/page-head";
import { notify } from "@/ui/toast";
import { PolicyRooms } from "./policy-rooms";
import { Sentences } from "./sentences";

/** Where an editor goes when it is done: back to its list, with a notice. */
export function useLeave(back: string): (title: string) => void {
  const router = useRouter();
  const client = useQueryClient();
  return (title) => {
    notify({ title });
    void client.invalidateQueries();
    router.push(back);
  };
}

/** What every policy editor shares: the head, the name of a new one, removal, and a summary in plain words. */
export function PolicyFrame<Values extends FieldValues, Spec>({
  spec,
  existing,
  name,
  onName,
  one,
  owner,
  back,
  summary,
  onRemove,
  evidence,
  text,
  children,
}: {
  spec: SpecForm<Values, Spec>;
  existing: boolean;
  name: string;
  onName: (name: string) => void;
  one: string;
  owner: string;
  back: string;
  /** What it will do, in sentences. */
  summary: readonly string[];
  onRemove: () => Promise<unknown>;
  /** What is known of it from traffic. */
  evidence?: ReactNode;
  text?: DocumentText;
  children: ReactNode;
}) {
  const { can } = useMe();
  const [nameError, setNameError] = useState<string>();
  const [startName] = useState(name);
  const save = async () => {
    const named = entityName.safeParse(name);
    setNameError(named.error?.issues[0]?.message);
    // What is wrong in the text stands below it; the form knows nothing of it.
    if (named.success && (text?.faults.length ?? 0) === 0) await spec.submit();
  };
  return (
    <>
      <PageHead
        title={existing ? name : `Add a ${one} to ${owner}`}
        answer="Nothing reaches a node before it is published."
        actions={
          can("policy.write") && (
            <>
              {existing && <RemoveButton what={name} consequence="Routes that name it must be changed first." onRemove={onRemove} />}
              <LinkButton href={back}>Cancel</LinkButton>
              <Button variant="primary" busy={spec.saving} onClick={() => void save()}>
                Save to the draft
              </Button>
            </>
          )
        }
      />
      <PolicyRooms
        spec={{
          ...spec,
          submit: save,
          takeTheirs: () => {
            // Their version is the form's; the text is made of it when it is looked at again.
            spec.takeTheirs();
            void text?.show("form");
          },
        }}
        what={name}
        edited={name !== startName}
        editable={can("policy.write")}
        summary={<Sentences of={summary} />}
        evidence={evidence}
        text={text}
      >
        {!existing && (
          <TextField
            label="Name"
            mono
            spellCheck={false}
            hint="It never changes"
            error={nameError}
            value={name}
            onChange={(event) => onName(event.target.value)}
          />
        )}
        {children}
      </PolicyRooms>
    </>
  );
}
