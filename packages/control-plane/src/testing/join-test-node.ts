import type { NodeActor } from "../node-api/node-api.js";
import { admin, type TestFleet } from "./test-fleet.js";
import { enrol, makeNodeKey, nodeToken } from "./test-node.js";

/** A node that has enrolled, as the control plane knows it once it has authenticated. */
export async function joinTestNode({ cp, clock }: Pick<TestFleet, "cp" | "clock">, name: string, group = "default"): Promise<NodeActor> {
  const key = await makeNodeKey();
  const { token } = await cp.joinTokens.create(admin, { group, label: name });
  const { nodeId } = await enrol(cp, key, token, clock.now(), { name });
  return cp.nodeApi.authenticate(await nodeToken(key, nodeId, clock.now()));
}
