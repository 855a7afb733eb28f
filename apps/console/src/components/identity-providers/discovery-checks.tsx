"use client";

import { countOf } from "@/lib/format";
import type { DiscoveryCheck, DiscoveryFound } from "@/lib/rows";
import { Button } from "@/ui/button";
import { Checks } from "@/ui/checks";
import { CompareTexts } from "@/ui/compare-texts";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, SkeletonRows } from "@/ui/states";

const OUTCOMES = { pass: "pass", fail: "fail", warn: "look", skip: "skipped" } as const;

/** What the control plane found at the provider, one row a check, with the cause and the fix of each that failed. */
export function DiscoveryChecks({
  checks,
  found,
  busy,
  onUseIssuer,
  onAgain,
}: {
  checks: readonly DiscoveryCheck[] | undefined;
  found: DiscoveryFound | null;
  busy: boolean;
  onUseIssuer: (issuer: string) => void;
  onAgain: () => void;
}) {
  if (!checks)
    return (
      <>
        <RoomHead title="Discovery checks" />
        <div className="topped">
          {busy ? (
            <SkeletonRows rows={8} />
          ) : (
            <EmptyState title="Nothing checked yet">
              Write the issuer, the address of its discovery document or its domain. The control plane looks it up, fills the form and shows each
              check.
            </EmptyState>
          )}
        </div>
      </>
    );
  const failed = checks.filter((check) => check.result === "fail").length;
  const passed = checks.filter((check) => check.result === "pass").length;
  const ms = checks.reduce((sum, check) => sum + check.ms, 0);
  return (
    <>
      <RoomHead
        title="Discovery checks"
        end={
          <span aria-live="polite">
            {busy ? "checking…" : `${passed} passed, ${failed} failed`} · from the control plane, {Math.round(ms)} ms
          </span>
        }
      />
      <div className="topped">
        <Checks
          rows={checks.map((check) => ({
            id: check.id,
            title: check.title,
            outcome: OUTCOMES[check.result],
            detail: check.detail,
            cause: check.cause && (
              <>
                {check.cause}
                {check.compare && <CompareTexts labels={["configured", "document"]} left={check.compare.configured} right={check.compare.document} />}
              </>
            ),
            fix: check.fix,
            actions: check.result === "fail" && (
              <>
                {check.compare && found && (
                  <Button variant="primary" onClick={() => onUseIssuer(found.issuer)}>
                    Use the document&rsquo;s issuer
                  </Button>
                )}
                <Button onClick={onAgain} busy={busy}>
                  Check again
                </Button>
              </>
            ),
          }))}
        />
      </div>
      {found && found.keys.length > 0 && <KeysFound keys={found.keys} />}
    </>
  );
}

function KeysFound({ keys }: { keys: DiscoveryFound["keys"] }) {
  return (
    <>
      <div className="topped">
        <RoomHead title="Keys found" count={countOf(keys.length, "key")} end="public halves only" />
      </div>
      <div className="tw topped">
        <table className="tight closed">
          <tbody>
            {keys.map((key) => (
              <tr key={`${key.kid}${key.alg}`}>
                <td className="m">{key.kid ?? "no kid"}</td>
                <td className="m t2">{key.alg ?? "–"}</td>
                <td className="t2 fill">
                  {key.kty} {key.crv ?? key.bits ?? ""}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
