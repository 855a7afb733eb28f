"use client";

import { useState } from "react";
import { useLinkToken } from "@/hooks/use-link-token";
import { openedPage } from "@/lib/opened-page";
import { postJson } from "@/lib/post-json";
import { problemOf } from "@/lib/problem";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { EmptyState } from "@/ui/states";
import { Status } from "@/ui/status";

/** Redeems a one-time link. */
export function RedeemForm() {
  const token = useLinkToken();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ReturnType<typeof problemOf> | null>(null);

  const submit = async (form: FormData) => {
    setBusy(true);
    setProblem(null);
    const field = (name: string) => String(form.get(name) ?? "").trim();
    const result = await postJson("/api/session/redeem", {
      token,
      email: field("email"),
      displayName: field("displayName"),
      password: String(form.get("password")),
    });
    if (result.ok) return window.location.assign(openedPage(result.answer));
    setBusy(false);
    setProblem(problemOf(result.problem));
  };

  if (token === undefined) return null;
  if (token === null)
    return (
      <EmptyState title="The link is not complete">
        It carries a token behind the #. Copy it whole from the terminal or the message, or ask for a new one.
      </EmptyState>
    );
  const issueAt = (path: string) => problem?.issues.find((issue) => issue.path === path)?.message;
  return (
    <form
      className="fields"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit(new FormData(event.currentTarget));
      }}
    >
      {problem && problem.issues.length === 0 && (
        <div className="note fail" role="alert">
          <Status tone="fail" />
          <span>{problem.message}</span>
        </div>
      )}
      <TextField label="Name" name="displayName" autoComplete="name" required autoFocus error={issueAt("displayName")} />
      <TextField label="E-mail" name="email" type="email" autoComplete="username" required error={issueAt("email")} />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        hint="12 characters or more; a sentence is fine"
        error={issueAt("password")}
      />
      <Button type="submit" variant="primary" busy={busy}>
        {busy ? "Making your account…" : "Make account and sign in"}
      </Button>
    </form>
  );
}
