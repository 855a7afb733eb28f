import type { ApiKeyRow } from "@/lib/rows";
import type { Tone } from "@/ui/status";

const SOON_MS = 14 * 86_400_000;

/** What becomes of a request with the key, in a word, with the shape and colour that go with it. */
export function apiKeyState({ revokedAt, expiresAt }: Pick<ApiKeyRow, "revokedAt" | "expiresAt">, now: number): { tone: Tone; word: string } {
  if (revokedAt !== null) return { tone: "fail", word: "Revoked" };
  if (expiresAt === null) return { tone: "ok", word: "Works" };
  const left = expiresAt.getTime() - now;
  if (left <= 0) return { tone: "unk", word: "Expired" };
  return left < SOON_MS ? { tone: "att", word: "Expires soon" } : { tone: "ok", word: "Works" };
}
