import { soakWords, stageNodes } from "@/lib/rollout-words";
import type { RolloutDetail } from "@/lib/rows";
import { RoomHead } from "@/ui/page-head";
import { Status, type Tone } from "@/ui/status";
import { Time } from "@/ui/time";

/** The plan, and how far it has got. */
export function RolloutStages({ of }: { of: RolloutDetail }) {
  return (
    <section className="room">
      <RoomHead title="Stages" />
      <ol className="grid gap-2">
        {of.plan.stages.map((stage, index) => {
          const [tone, word] = placeOf(of, index + 1);
          const isCurrent = index + 1 === of.stage && of.settledAt === null;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a stage is its place
            <li key={index} className="row between">
              <span className="min-w-0">
                <b className="b">
                  {index + 1}. {stageNodes(stage)}
                </b>
                <span className="t3">
                  {" "}
                  {stage.soakSeconds > 0 && `for ${soakWords(stage.soakSeconds)}`}
                  {stage.promote === "manual" && index + 1 < of.stages && `${stage.soakSeconds > 0 ? ", then" : ""} by hand`}
                  {isCurrent && of.waitsFor === "soak" && of.soakUntil && (
                    <>
                      {", "}
                      <Time at={of.soakUntil} as="until" />
                    </>
                  )}
                </span>
              </span>
              <Status tone={tone}>{word}</Status>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function placeOf({ stage, state }: RolloutDetail, place: number): readonly [Tone, string] {
  if (place > stage) return ["unk", "Not open"];
  if (place < stage || state === "completed") return ["ok", "Done"];
  switch (state) {
    case "running":
      return ["pend", "Open"];
    case "paused":
      return ["att", "Paused"];
    case "halted":
    case "rolled_back":
      return ["fail", "Ended here"];
    case "aborted":
    case "superseded":
      return ["unk", "Ended here"];
    default:
      return state satisfies never;
  }
}
