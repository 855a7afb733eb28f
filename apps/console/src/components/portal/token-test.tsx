"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { problemOf } from "@/lib/problem";
import { usePortal } from "@/trpc/portal-client";
import { Button } from "@/ui/button";
import { AreaField, SelectField, TextField } from "@/ui/field";
import { Seg } from "@/ui/seg";
import { Status } from "@/ui/status";
import { TokenVerdict } from "./token-verdict";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Would the gateway let this token in, and as whom? Decided by the pipeline of its nodes. */
export function TokenTest() {
  const portal = usePortal();
  const attempt = useMutation(portal.tokens.attempt.mutationOptions({ gcTime: 0 }));
  const [token, setToken] = useState("");
  const [method, setMethod] = useState<(typeof METHODS)[number]>("GET");
  const [path, setPath] = useState("/");
  const [on, setOn] = useState<"draft" | "live">("draft");
  const problem = attempt.error ? problemOf(attempt.error) : null;
  const issueAt = (field: string) => problem?.issues.find((issue) => issue.path === field)?.message;
  return (
    <>
      <h2 className="step mb-1">Test a token</h2>
      <p className="t2 mb-5">
        The gateway&rsquo;s own checks, step by step, with your provider&rsquo;s keys as they are now. No request is sent anywhere.
      </p>
      <form
        className="box"
        noValidate
        aria-label="Test a token"
        onSubmit={(event) => {
          event.preventDefault();
          attempt.mutate({ token, method, path, on });
        }}
      >
        <div className="part fields">
          {problem && problem.issues.length === 0 && (
            <div className="note fail" role="alert">
              <Status tone="fail" />
              <span>{problem.message}</span>
            </div>
          )}
          <AreaField
            label="Access token"
            mono
            rows={5}
            spellCheck={false}
            autoComplete="off"
            hint="It is decided at once, and neither kept nor logged"
            error={issueAt("token")}
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
          <div className="pair">
            <SelectField label="Method" value={method} onChange={(event) => setMethod(METHODS.find((each) => each === event.target.value) ?? "GET")}>
              {METHODS.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </SelectField>
            <TextField label="Path" mono spellCheck={false} error={issueAt("path")} value={path} onChange={(event) => setPath(event.target.value)} />
          </div>
          <div className="row wrap between">
            <Seg
              label="Tried on"
              value={on}
              options={[
                { value: "draft", label: "What is saved" },
                { value: "live", label: "What is live" },
              ]}
              onChoose={setOn}
            />
            <Button type="submit" variant="primary" busy={attempt.isPending} disabled={token.trim() === ""}>
              {attempt.isPending ? "Trying…" : "Try it"}
            </Button>
          </div>
        </div>
      </form>
      {attempt.data && !attempt.isPending && <TokenVerdict verdict={attempt.data} />}
    </>
  );
}
