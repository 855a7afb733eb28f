import type { WaitsFor } from "@sallyport/control-plane";
import { countOf } from "@/lib/format";
import type { PortalOutputs } from "@/server/portal/root";
import { Status } from "@/ui/status";

/** What has to happen before a saved change is live; who runs the gateway is named by the caller. */
const WAITS: Readonly<Record<WaitsFor, (organisation: string) => string>> = {
  operator: (organisation) => `${organisation} looks at it and puts it live.`,
  first: (organisation) => `${organisation} puts you live for the first time.`,
  second_person: (organisation) => `Two people of ${organisation} have to agree.`,
  other_changes: (organisation) => `${organisation} is changing something of yours as well, and puts both live together.`,
  review: (organisation) => `It lets in more than before, so somebody of ${organisation} has to agree.`,
  rollout: (organisation) => `${organisation} is rolling out another change; this one comes after it.`,
  refused: (organisation) => `It cannot go live as it is. Ask ${organisation} why.`,
};

/** What became of what was saved. */
export function ReleaseNote({ saved, organisation }: { saved: PortalOutputs["providers"]["save"]; organisation: string }) {
  const { provider, checks, release } = saved;
  const failed = checks.filter(({ result }) => result === "fail").length;
  return (
    <div className={failed > 0 ? "note att mb-5" : "note mb-5"} role="status">
      <Status tone={failed > 0 ? "att" : release.live ? "ok" : "pend"} />
      <span>
        {provider.name} is saved{failed > 0 ? `, with ${countOf(failed, "failed check")}` : ""}.{" "}
        {release.live ? "The gateway has it within seconds." : WAITS[release.waitsFor](organisation)}
      </span>
    </div>
  );
}
