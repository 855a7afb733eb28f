"use client";

import { useId } from "react";
import { AreaField, SelectField, TextField } from "@/ui/field";

export type RevokedKind = "token" | "subject" | "suspension";
/** By which a token is told. */
export type TokenWay = "paste" | "jti" | "digest";
interface Named {
  readonly token: string;
  readonly jti: string;
  readonly issuer: string;
  readonly digest: string;
}

/** The member that says when it ends; none where the standard is meant. */
export const endAfter = (days: string): { expiresAt?: string } =>
  days === "" ? {} : { expiresAt: new Date(Date.now() + Number(days) * 86_400_000).toISOString() };

/** Which token is meant: pasted, by its id, or by what it signs. */
export function TokenFields({
  way,
  onWay,
  named,
  onNamed,
  issuers,
  issueAt,
}: {
  way: TokenWay;
  onWay: (way: TokenWay) => void;
  named: Named;
  onNamed: (named: Named) => void;
  issuers: readonly string[];
  issueAt: (path: string) => string | undefined;
}) {
  const known = useId();
  const change = (name: keyof Named) => (event: { target: { value: string } }) => onNamed({ ...named, [name]: event.target.value });
  const plain = { mono: true, spellCheck: false, autoComplete: "off" } as const;
  return (
    <>
      <SelectField label="Known by" value={way} onChange={(event) => onWay(event.target.value as TokenWay)}>
        <option value="paste">The token itself</option>
        <option value="jti">Its jti and issuer</option>
        <option value="digest">The SHA-256 of what it signs</option>
      </SelectField>
      {way === "paste" && (
        <AreaField
          {...plain}
          label="Token"
          rows={4}
          hint="Only the SHA-256 of header.payload is kept: a token that is signed anew is refused as well"
          error={issueAt("token")}
          value={named.token}
          onChange={change("token")}
        />
      )}
      {way === "jti" && (
        <>
          <TextField {...plain} label="jti" error={issueAt("jti") ?? issueAt("token")} value={named.jti} onChange={change("jti")} />
          <TextField
            {...plain}
            label="Issuer"
            list={known}
            hint="Whose jti it is, as in iss"
            error={issueAt("issuer")}
            value={named.issuer}
            onChange={change("issuer")}
          />
          <datalist id={known}>
            {issuers.map((issuer) => (
              <option key={issuer} value={issuer} />
            ))}
          </datalist>
        </>
      )}
      {way === "digest" && (
        <TextField
          {...plain}
          label="SHA-256"
          hint="64 hex digits, over header.payload; over the whole of a token that is no JWT"
          error={issueAt("digest") ?? issueAt("token")}
          value={named.digest}
          onChange={change("digest")}
        />
      )}
    </>
  );
}
