import { withFleet } from "@sallyport/data";
import type { ControlPlaneDeps } from "../deps.js";
import type { SigningKeys } from "../keys/signing-keys.js";
import type { RevisionFeed } from "../node-api/revision-feed.js";
import type { SecretBox } from "../secrets/sealed.js";
import { type Finding, found, NOTHING, type Outcome } from "./finding.js";

/** How long a notification and an answer of the state store are waited for, ms. */
const PATIENCE_MS = 3_000;
const DAY_MS = 86_400_000;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Opens the signing key for real, and counts what another master key has sealed. */
export async function masterKey(deps: ControlPlaneDeps, { keys, box }: { keys: SigningKeys; box: SecretBox }): Promise<Outcome> {
  const findings: Finding[] = [];
  const finding = (subject: string, title: string, detail: string): void => void findings.push({ subject, title, detail, since: null, fix: null });
  await keys
    .prove()
    .catch((error: unknown) => finding("signing-key", "The signing key does not open", `${reasonOf(error)} Nothing can be published until it does.`));
  const others = await withFleet(
    deps.data.fleet,
    (tx) => tx.$queryRaw<{ key_id: string; total: number }[]>`
      select wrapping_key_id as key_id, count(*)::int as total from (
        select wrapping_key_id from secret_value
        union all select wrapping_key_id from content_key where sealed is not null
        union all select wrapping_key_id from internal_key
      ) as sealed where wrapping_key_id <> ${box.keyId} group by 1 order by 1`,
  );
  for (const { key_id, total } of others) {
    const what = `${total} stored ${total === 1 ? "secret was" : "secrets were"} sealed with master key ${key_id}`;
    finding(key_id, what, `This console runs with ${box.keyId}: it can open none of them.`);
  }
  return found(findings);
}

/** Whether this replica hears the database; for a re-check, by a notification that is sent and waited for. */
export async function changeFeed(feed: Pick<RevisionFeed, "state" | "prove">, { fresh }: { fresh: boolean }): Promise<Outcome> {
  const heard = fresh ? await feed.prove(PATIENCE_MS) : null;
  const state = feed.state();
  if (state === null) return { unknown: "This replica has not begun to listen: no node has called it yet. A re-check tries it." };
  if (heard === true || (heard === null && state.isListening)) return NOTHING;
  const detail = state.isListening
    ? "The connection stands, and a notification that was sent did not come back within 3 s."
    : "The connection for notifications is lost; it is tried again and again.";
  return found([
    { subject: "listener", title: "This replica does not hear changes", detail, since: state.isListening ? null : new Date(state.since), fix: null },
  ]);
}

export async function stateStoreAnswers({ stateStore }: ControlPlaneDeps): Promise<Outcome> {
  if (stateStore === null) return { unknown: "This console was not told of a state store (SALLYPORT_STATE_URL): nodes tell of theirs." };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in 3 s")), PATIENCE_MS);
  });
  try {
    await Promise.race([stateStore.ping(), late]);
    return NOTHING;
  } catch (error) {
    const detail = `${reasonOf(error).replace(/\.$/, "")}. Sessions are refused while it is away.`;
    return found([{ subject: "state-store", title: "The state store does not answer", detail, since: null, fix: null }]);
  } finally {
    clearTimeout(timer);
  }
}

export async function droppedEvents(deps: ControlPlaneDeps, now: number): Promise<Outcome> {
  const rows = await withFleet(
    deps.data.fleet,
    (tx) => tx.$queryRaw<{ name: string; at: Date; batches: number }[]>`
      select n.name, min(e.at) as at, count(*)::int as batches from security_event e join node n on n.id = e.node_id
      where e.kind = 'events_dropped' and e.at > ${new Date(now - DAY_MS)} group by 1 order by 1`,
  );
  return found(
    rows.map(({ name, at, batches }) => ({
      subject: name,
      title: `${name} had to let security events go`,
      detail: `Its buffer was full ${batches === 1 ? "once" : `${batches} times`} in the last 24 hours.`,
      since: at,
      fix: { label: `Open ${name}`, href: `/nodes?node=${name}` },
    })),
  );
}
