import type { RolloutPlanInput } from "../rollouts/rollout-plan.schemas.js";
import { type DemoNode, enrolDemoNode } from "./demo-node.js";
import type { DemoWorld } from "./seed-configuration.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** A quarter of the nodes, half of them, all. */
export const DEMO_STAGES = {
  stages: [
    { percent: 25, soakSeconds: 15 * 60 },
    { percent: 50, soakSeconds: 30 * 60 },
    { percent: 100, soakSeconds: 0 },
  ],
} satisfies RolloutPlanInput;

/** How a revision that went in stages came to its end. */
export type RolloutEnd = "completed" | "refusals";

/** The machines that the company ran its nodes on before the present ones. */
const NAMES = ["edge-fra-1", "edge-fra-2", "edge-ams-1", "edge-ams-2"];

/** Nodes that took part in the rollouts of the demo's past. */
export interface PastFleet {
  /** They take what is live. */
  catchUp(): Promise<void>;
  /** What nodes and engine did with a rollout that has just begun, up to its end. @param revision as it was published */
  follow(revision: number, end: RolloutEnd): Promise<void>;
  /** That they are there, and what they decided in the quarter of an hour before this moment. */
  tellOfBefore(): Promise<void>;
  /** The machines were replaced: their nodes are revoked, and off the page. */
  retire(): Promise<void>;
}

/** Requests for acme's refunds in one minute at one node. */
interface Minute {
  readonly ago: number;
  readonly allowed: number;
  readonly refused: number;
}

export async function startPastFleet(world: DemoWorld): Promise<PastFleet> {
  const { controlPlane: cp, deps, at, actor } = world;
  const now = () => deps.clock.now();
  const nodes: DemoNode[] = [];
  for (const name of NAMES) nodes.push(await enrolDemoNode(world, name, actor("jonas")));

  const beat = async (): Promise<void> => {
    for (const node of nodes) await node.beat();
  };
  const tell = (node: DemoNode, minutes: readonly Minute[]) =>
    node.tell(
      minutes.flatMap(({ ago, allowed, refused }) => {
        const row = {
          minute: new Date(Math.floor((now() - ago * MINUTE_MS) / MINUTE_MS) * MINUTE_MS).toISOString(),
          tenant: "acme",
          route: "refunds",
        };
        return [
          { ...row, result: "allow", count: allowed },
          { ...row, result: "insufficient_scope", count: refused },
        ].filter(({ count }) => count > 0);
      }),
    );
  /** Every step that is due. */
  const advance = async (): Promise<void> => {
    while (await cp.rollouts.advance());
  };
  const membersOf = async (revision: number, stage: number): Promise<DemoNode[]> => {
    const { nodes: placed } = await cp.rollouts.get(actor("mara"), { revision });
    const names = new Set(placed.filter((each) => each.stage === stage).map(({ name }) => name));
    return nodes.filter(({ name }) => names.has(name));
  };
  /** The nodes of a stage that was opened just now take the revision. */
  const takeStage = async (revision: number, stage: number): Promise<DemoNode[]> => {
    const members = await membersOf(revision, stage);
    const opened = now();
    let last = opened;
    for (const node of members) {
      at(opened);
      await node.take(revision);
      last = Math.max(last, now());
    }
    at(last + SECOND_MS);
    await beat();
    await advance();
    return members;
  };
  const pass = async (ms: number): Promise<void> => {
    at(now() + ms);
    await beat();
  };

  async function complete(revision: number): Promise<void> {
    for (const [index, { soakSeconds }] of DEMO_STAGES.stages.entries()) {
      await takeStage(revision, index + 1);
      if (soakSeconds === 0) return;
      await pass(soakSeconds * SECOND_MS);
      await advance();
    }
  }

  async function refuse(revision: number): Promise<void> {
    const canaries = await takeStage(revision, 1);
    await pass(3 * MINUTE_MS);
    const minutes = [1, 0];
    for (const node of nodes) {
      const refused = canaries.includes(node) ? 41 : 0;
      await tell(
        node,
        minutes.map((ago) => ({ ago, allowed: 132 - refused, refused })),
      );
    }
    await advance();
    await pass(7 * SECOND_MS);
    await advance();
    const { endedBy } = await cp.rollouts.get(actor("mara"), { revision });
    if (endedBy === null) throw new Error(`The rollout of revision ${revision} of the demo was to be rolled back, and was not.`);
    const brought = now();
    for (const node of nodes) {
      at(brought);
      await node.take(endedBy);
    }
  }

  return {
    async catchUp() {
      const { base } = await cp.draft.summary(actor("mara"));
      if (base !== null) for (const node of nodes) if (node.revision !== base) await node.take(base);
    },
    follow: (revision, end) => (end === "completed" ? complete(revision) : refuse(revision)),
    async tellOfBefore() {
      await beat();
      for (const [index, node] of nodes.entries())
        await tell(
          node,
          Array.from({ length: 12 }, (_, ago) => ({ ago: ago + 2, allowed: 126 + ((ago * 7 + index) % 11), refused: ago % 5 === index ? 1 : 0 })),
        );
    },
    async retire() {
      for (const { name } of nodes) await cp.nodes.revoke(actor("jonas"), { name });
      for (const { name } of nodes) await cp.nodes.archive(actor("jonas"), { name });
    },
  };
}
