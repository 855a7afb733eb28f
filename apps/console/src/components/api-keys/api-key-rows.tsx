"use client";

import { RemoveButton } from "@/components/tenant/remove-button";
import { useClock } from "@/hooks/use-clock";
import { apiKeyState } from "@/lib/api-key-words";
import type { ApiKeyRow } from "@/lib/rows";
import { Button } from "@/ui/button";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";
import { useApiKeys } from "./use-api-keys";

/** A key, and below it the one that it replaced while that still works. */
export function ApiKeyRows({ slug, row, mayWrite, onRotate }: { slug: string; row: ApiKeyRow; mayWrite: boolean; onRotate: () => void }) {
  const { now } = useClock();
  const { endOverlap, revoke } = useApiKeys();
  const { name, version, previous } = row;
  const { tone, word } = apiKeyState(row, now);
  return (
    <>
      <tr>
        <td className="b">{name}</td>
        <td className="m t2 hide-s">…{row.hint}</td>
        <td>
          <Status tone={tone}>{word}</Status>
        </td>
        <td className="m t2 fill hide-s">{row.scopes.join(" ") || "–"}</td>
        <td className="num t3 hide-s">
          <Time at={row.lastUsedAt} />
        </td>
        <td className="num t3 hide-s">
          {row.revokedAt ? <Time at={row.revokedAt} /> : row.expiresAt ? <Time at={row.expiresAt} as="until" /> : "never"}
        </td>
        <td className="t3 hide-s hide-l">
          {row.revokedByName ?? row.createdByName}, <Time at={row.revokedAt ?? row.createdAt} as="phrase" />
        </td>
        {mayWrite && (
          <td className="num">
            {row.revokedAt === null && (
              <span className="inline-flex gap-1 max-s:flex-col max-s:py-1">
                <Button size="xs" aria-label={`Rotate ${name}`} onClick={onRotate}>
                  Rotate…
                </Button>
                <RemoveButton
                  size="xs"
                  what={name}
                  verb="Revoke"
                  consequence={`Whatever calls ${slug} with it is refused at every node within two seconds: 401 invalid_api_key.${previous ? " The replaced key ends too." : ""} It cannot be undone.`}
                  asksReason
                  onRemove={async (reason) => {
                    await revoke.mutateAsync({ slug, name, version, ...(reason && { reason }) });
                    notify({ title: `${name} is revoked` });
                  }}
                />
              </span>
            )}
          </td>
        )}
      </tr>
      {previous && (
        <tr>
          <td className="t3">
            replaced<span className="sr"> by {name}</span>
          </td>
          <td className="m t2 hide-s">…{previous.hint}</td>
          <td>
            <Status tone="pend">Still works</Status>
          </td>
          <td className="fill hide-s" />
          <td className="num t3 hide-s">
            <Time at={previous.lastUsedAt} />
          </td>
          <td className="num t3 hide-s">
            <Time at={previous.until} as="until" />
          </td>
          <td className="hide-s hide-l" />
          {mayWrite && (
            <td className="num">
              <RemoveButton
                size="xs"
                what={`…${previous.hint}`}
                verb="End"
                consequence={`Whatever still calls with the key that ${name} replaced is refused within two seconds. The present key goes on working.`}
                asksReason
                onRemove={async (reason) => {
                  await endOverlap.mutateAsync({ slug, name, version, ...(reason && { reason }) });
                  notify({ title: `The key that ${name} replaced is ended` });
                }}
              />
            </td>
          )}
        </tr>
      )}
    </>
  );
}
