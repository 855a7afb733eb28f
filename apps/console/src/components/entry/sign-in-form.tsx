"use client";

import { useState } from "react";
import { openedPage } from "@/lib/opened-page";
import { postJson } from "@/lib/post-json";
import { problemOf } from "@/lib/problem";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Status } from "@/ui/status";

/** E-mail and password; what is typed stays after a refusal. */
export function SignInForm({ returnTo }: { returnTo: string | undefined }) {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

  const submit = async (form: FormData) => {
    setBusy(true);
    setRefusal(null);
    const result = await postJson("/api/session", { email: String(form.get("email")).trim(), password: String(form.get("password")), returnTo });
    if (result.ok) return window.location.assign(openedPage(result.answer));
    setBusy(false);
    setRefusal(problemOf(result.problem).message);
  };

  return (
    <form
      className="fields"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit(new FormData(event.currentTarget));
      }}
    >
      {refusal && (
        <div className="note fail" role="alert">
          <Status tone="fail" />
          <span>{refusal}</span>
        </div>
      )}
      <TextField label="E-mail" name="email" type="email" autoComplete="username" required autoFocus />
      <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
      <Button type="submit" variant="primary" busy={busy}>
        {busy ? "Signing in…" : "Sign in"}
      </Button>
    </form>
  );
}
