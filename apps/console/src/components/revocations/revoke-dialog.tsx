"use client";

import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useMe } from "@/components/session/session-context";
import { problemOf } from "@/lib/problem";
import type { RevocationDetail } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { AreaField, SelectField, TextField } from "@/ui/field";
import { Seg } from "@/ui/seg";
import { endAfter, type RevokedKind, TokenFields, type TokenWay } from "./token-fields";
import { useRevocations } from "./use-revocations";

const CONSEQUENCES = {
  token: "One token is refused at every node within two seconds, and what it has opened is ended. It can be lifted.",
  subject: "All tokens that the subject has now are refused at every node within two seconds, and its sessions end. Tokens that it gets later work.",
  suspension: "Every request of the tenant is answered 403 tenant_suspended within two seconds, until a published revision contains the suspension.",
} as const satisfies Record<RevokedKind, string>;

function titleOf(kind: RevokedKind, slug: string | null): string {
  if (kind === "suspension") return `Suspend ${slug ?? "a tenant"} now`;
  return `Revoke ${kind === "token" ? "a token" : "a subject’s tokens"}${slug === null ? "" : ` of ${slug}`}`;
}

/** Has nodes refuse something at once. @param slug the tenant; null where it is asked for */
export function RevokeDialog({
  slug,
  start = "token",
  onClose,
  onDone,
}: {
  slug: string | null;
  start?: RevokedKind;
  onClose: () => void;
  onDone: (made: RevocationDetail) => void;
}) {
  const trpc = useTRPC();
  const { can } = useMe();
  const form = useId();
  const revocations = useRevocations();
  const [kind, setKind] = useState<RevokedKind>(start);
  const [tenant, setTenant] = useState(slug ?? "");
  const [way, setWay] = useState<TokenWay>("paste");
  const [named, setNamed] = useState({ token: "", jti: "", issuer: "", digest: "" });
  const [subject, setSubject] = useState("");
  const [days, setDays] = useState("");
  const [reason, setReason] = useState("");
  const providers = useQuery(trpc.objects.identityProviders.list.queryOptions({ slug: tenant }, { enabled: slug !== null && way === "jti" }));
  const mutation = { token: revocations.token, subject: revocations.subject, suspension: revocations.suspend }[kind];
  const problem = mutation.error ? problemOf(mutation.error) : null;
  const issueAt = (path: string) => problem?.issues.find((issue) => issue.path === path)?.message;
  const submit = () => {
    const common = { slug: tenant.trim(), reason };
    const end = endAfter(days);
    const done = { onSuccess: onDone };
    if (kind === "suspension") return revocations.suspend.mutate(common, done);
    if (kind === "subject") return revocations.subject.mutate({ ...common, subject, ...end }, done);
    const which = way === "paste" ? { token: named.token } : way === "jti" ? { jti: named.jti, issuer: named.issuer } : { digest: named.digest };
    return revocations.token.mutate({ ...common, ...which, ...end }, done);
  };
  return (
    <Dialog open wide onClose={onClose} title={titleOf(kind, slug)} description={CONSEQUENCES[kind]}>
      <form
        id={form}
        className="fields"
        noValidate
        // What was said of other words is not said of these.
        onInput={() => mutation.error && mutation.reset()}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div>
          <Seg
            label="What is refused"
            value={kind}
            options={[
              { value: "token", label: "A token" },
              { value: "subject", label: "A subject" },
              ...(can("tenant.write") ? [{ value: "suspension" as const, label: "The whole tenant" }] : []),
            ]}
            onChoose={setKind}
          />
        </div>
        {problem && (problem.issues.length === 0 || problem.issues.some(({ path }) => path === "slug")) && (
          <div className="note fail" role="alert">
            <span>{problem.message}</span>
          </div>
        )}
        {slug === null && (
          <TextField
            label="Tenant"
            mono
            spellCheck={false}
            autoComplete="off"
            hint="Its slug, as it stands under Tenants"
            value={tenant}
            onChange={(event) => setTenant(event.target.value)}
          />
        )}
        {kind === "token" && (
          <TokenFields
            way={way}
            onWay={setWay}
            named={named}
            onNamed={setNamed}
            issuers={(providers.data ?? []).map(({ spec }) => spec.issuer)}
            issueAt={issueAt}
          />
        )}
        {kind === "subject" && (
          <TextField
            label="Subject"
            mono
            spellCheck={false}
            autoComplete="off"
            hint="As the identity provider writes it in sub, whole and in the same case"
            error={issueAt("subject")}
            value={subject}
            onChange={(event) => setSubject(event.target.value)}
          />
        )}
        {kind !== "suspension" && (
          <SelectField
            label="Until"
            hint="Choose an end after that of the tokens: afterwards they count again"
            error={issueAt("expiresAt")}
            value={days}
            onChange={(event) => setDays(event.target.value)}
          >
            <option value="">{kind === "token" && way === "paste" ? "The token’s own end, else in 90 days" : "In 90 days"}</option>
            <option value="1">In a day</option>
            <option value="7">In 7 days</option>
            <option value="30">In 30 days</option>
          </SelectField>
        )}
        <AreaField
          label="Reason"
          rows={2}
          maxLength={500}
          hint="What happened, for whoever looks at it later"
          error={issueAt("reason")}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </form>
      <footer>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" form={form} variant="danger" busy={mutation.isPending}>
          {kind === "suspension" ? "Suspend now" : kind === "subject" ? "Revoke its tokens" : "Revoke the token"}
        </Button>
      </footer>
    </Dialog>
  );
}
