"use client";

import { entityName } from "@sallyport/snapshot";
import { useState } from "react";
import { type Problem, problemOf } from "@/lib/problem";
import type { SecretRow } from "@/lib/rows";
import { SECRET_TYPE_WORDS } from "@/lib/secret-words";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { AreaField, SelectField, TextField } from "@/ui/field";
import { notify } from "@/ui/toast";
import { useSetSecret } from "./use-set-secret";

type SecretType = SecretRow["type"];
const PEM_STARTS = { private_key: "-----BEGIN PRIVATE KEY-----", client_certificate: "-----BEGIN CERTIFICATE-----" } as const;
const TYPES = Object.entries(SECRET_TYPE_WORDS) as [SecretType, string][];

/** Adds a secret (`secret` null), or sets a new value of one. What is typed leaves with the call, and is shown nowhere afterwards. */
export function SecretDialog({ slug, secret, onClose }: { slug: string; secret: Pick<SecretRow, "name" | "type"> | null; onClose: () => void }) {
  const { busy, declare, set, refresh } = useSetSecret(slug);
  const [name, setName] = useState(secret?.name ?? "");
  const [type, setType] = useState<SecretType>(secret?.type ?? "client_secret");
  const [value, setValue] = useState("");
  // A value that is refused does not undo that the secret was added: the next try sets the value only.
  const [isDeclared, setDeclared] = useState(secret !== null);
  const [nameError, setNameError] = useState<string>();
  const [problem, setProblem] = useState<Problem | null>(null);
  const valueError = problem?.issues.find(({ path }) => path === "value")?.message;

  const submit = async () => {
    const named = entityName.safeParse(name);
    setNameError(named.error?.issues[0]?.message);
    if (!named.success) return;
    setProblem(null);
    try {
      if (!isDeclared) {
        await declare(name, type);
        setDeclared(true);
      }
      await set(name, value);
      notify({ title: `${name} has a new value` });
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      void refresh();
    }
  };

  const typed = {
    label: "Value",
    hint: "It can be read nowhere afterwards",
    error: valueError ? `The value ${valueError}` : undefined,
    value,
    spellCheck: false,
    autoComplete: "off",
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={secret ? `Set a new value of ${secret.name}` : `Add a secret to ${slug}`}
      description="Nodes whose live revision uses it get the new value at once, without a publish."
    >
      <form
        className="fields"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {problem && !valueError && (
          <div className="note fail" role="alert">
            <span>{problem.message}</span>
          </div>
        )}
        {!secret && (
          <>
            <TextField
              label="Name"
              mono
              spellCheck={false}
              hint="It never changes"
              disabled={isDeclared}
              error={nameError}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
            <SelectField label="Type" value={type} disabled={isDeclared} onChange={(event) => setType(event.target.value as SecretType)}>
              {TYPES.map(([option, words]) => (
                <option key={option} value={option}>
                  {words}
                </option>
              ))}
            </SelectField>
          </>
        )}
        {type !== "client_secret" ? (
          <AreaField {...typed} mono rows={6} placeholder={PEM_STARTS[type]} onChange={(event) => setValue(event.target.value)} />
        ) : (
          <TextField {...typed} mono type="password" onChange={(event) => setValue(event.target.value)} />
        )}
        <button type="submit" className="sr" tabIndex={-1}>
          Set the value
        </button>
      </form>
      <footer>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" busy={busy} onClick={() => void submit()}>
          {secret ? "Set the value" : "Add the secret"}
        </Button>
      </footer>
    </Dialog>
  );
}
