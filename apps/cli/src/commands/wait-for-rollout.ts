import type { Cli } from "../cli.js";
import { EXIT } from "../exit-codes.js";
import type { Rest } from "../rest/client.js";
import { type RolloutView, rolloutView } from "../rest/views.js";

const LOOK_EVERY_MS = 500;

interface Waiting {
  readonly rest: Rest;
  readonly revision: number;
  readonly timeoutSeconds: number;
  readonly report: (line: string) => void;
}

function nodeLine({ name, stage, state, tookMs, applyMs, errors }: RolloutView["nodes"][number]): string | null {
  const at = `${name}  stage ${stage ?? "last"}`;
  switch (state) {
    case "held":
    case "pending":
    case "silent":
    case "returned":
      return null;
    case "applied": {
      const after = tookMs === null ? "" : ` after ${(tookMs / 1_000).toFixed(2)} s`;
      return `${at}  applied${after}${applyMs === null ? "" : ` (${applyMs.toFixed(1)} ms at the node)`}`;
    }
    case "refused":
      return [`${at}  refused`, ...errors.map(({ code, path, message }) => `    ${code} at ${path}: ${message}`)].join("\n");
    default:
      return state satisfies never;
  }
}

/** One sentence on how it ended; null while it is under way. */
function verdict({ revision, state, nodes, halted, endedBy, base }: RolloutView): { readonly sentence: string; readonly ok: boolean } | null {
  const why = halted === null ? "" : `: ${halted}`;
  switch (state) {
    case "running":
    case "paused":
      return null;
    case "completed":
      return { ok: true, sentence: `Revision ${revision} is at all of its ${nodes.length} nodes.` };
    case "halted":
      return { ok: false, sentence: `The rollout of revision ${revision} halted${why}. Go on with sallyport rollout resume, or back with rollback.` };
    case "rolled_back":
      return { ok: false, sentence: `Revision ${revision} was rolled back${why}. Revision ${endedBy} has the content of ${base} again.` };
    case "aborted":
      return { ok: false, sentence: `The rollout of revision ${revision} was aborted: each node keeps what it has.` };
    case "superseded":
      return { ok: false, sentence: `Revision ${endedBy} took the place of revision ${revision} before every node had it.` };
    default:
      return state satisfies never;
  }
}

/** Waits until a rollout has ended, and tells each node's time. Ends the program with 1 for any end but completion, or when time runs out. */
export async function waitForRollout({ io, end }: Cli, { rest, revision, timeoutSeconds, report }: Waiting): Promise<void> {
  const { clock, say } = io;
  const deadline = clock.now() + timeoutSeconds * 1_000;
  const told = new Set<string>();
  let stage = 0;
  for (;;) {
    const view = await rest.call({ method: "GET", path: `/rollouts/${revision}`, answer: rolloutView });
    if (view.stage > stage) {
      stage = view.stage;
      say(`Stage ${stage} of ${view.stages} is open.`);
    }
    for (const node of view.nodes) {
      const line = nodeLine(node);
      const key = `${node.name}/${node.state}`;
      if (line === null || told.has(key)) continue;
      told.add(key);
      report(line);
    }
    const result = verdict(view);
    if (result !== null) {
      say(result.sentence);
      if (!result.ok) end(EXIT.failed);
      return;
    }
    if (clock.now() >= deadline) {
      const waiting = view.waitsFor === "promotion" ? " It waits for somebody: sallyport rollout promote." : "";
      say(
        `Not everywhere after ${timeoutSeconds} s: stage ${view.stage} of ${view.stages}, ${view.state}. The rollout goes on without this command.${waiting}`,
      );
      return end(EXIT.failed);
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}
