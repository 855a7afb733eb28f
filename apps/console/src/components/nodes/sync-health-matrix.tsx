import { Fragment } from "react";
import type { NodeRow } from "@/lib/rows";
import { classNames } from "@/ui/class-names";
import { Status } from "@/ui/status";
import { HEALTH, SYNC } from "./node-states";

type Sync = NodeRow["sync"];
type Health = NodeRow["health"];
const SYNCS = Object.keys(SYNC) as Sync[];
const HEALTHS = Object.keys(HEALTH) as Health[];

/** How many nodes are in each of the twelve states; a press filters the list. */
export function SyncHealthMatrix({
  nodes,
  chosen,
  onChoose,
}: {
  nodes: readonly NodeRow[];
  chosen: string | null;
  onChoose: (cell: string | null) => void;
}) {
  return (
    <div className="mx">
      <span />
      {HEALTHS.map((health) => (
        <span className="h" key={health}>
          <Status tone={HEALTH[health][0]}>{HEALTH[health][1]}</Status>
        </span>
      ))}
      {SYNCS.map((sync) => (
        <Fragment key={sync}>
          <span className="v">
            <Status tone={SYNC[sync][0]}>{SYNC[sync][1]}</Status>
          </span>
          {HEALTHS.map((health) => {
            const cell = `${sync}-${health}`;
            const number = nodes.filter((node) => node.sync === sync && node.health === health).length;
            const hot = number > 0 && (sync === "refused" ? "hotf" : sync !== "live" || health !== "serving" ? "hot" : undefined);
            return (
              <button
                key={cell}
                type="button"
                className={classNames("c", number === 0 && "z", hot, chosen === cell && "on")}
                aria-pressed={chosen === cell}
                aria-label={`${SYNC[sync][1]}, ${HEALTH[health][1]}: ${number}`}
                onClick={() => onChoose(chosen === cell ? null : cell)}
              >
                {number}
              </button>
            );
          })}
        </Fragment>
      ))}
    </div>
  );
}
