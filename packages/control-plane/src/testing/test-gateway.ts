import { randomUUID } from "node:crypto";
import type { NackError, SyncRequest } from "@sallyport/snapshot/protocol";
import { decodeJwt } from "jose";
import type { ControlPlane } from "../control-plane.js";
import { admin, type TestFleet } from "./test-fleet.js";
import { beat, enrol, makeNodeKey, nodeToken, nothingYet } from "./test-node.js";

interface Running {
  readonly revision: number;
  readonly epoch: number;
  readonly rootHash: string;
  readonly installationHash: string;
}

/** A node that speaks the protocol and keeps its rules of order, as far as what it is offered depends on it. */
export interface TestGateway {
  readonly name: string;
  readonly id: string;
  /** What it runs; null before its first snapshot. */
  running(): (Running & { readonly manifest: Readonly<Record<string, string>> }) | null;
  /** Asks until it is told nothing new, takes or refuses what it is given, and says so. @returns the revision that it runs then */
  follow(): Promise<number | null>;
  /** From here on it refuses what this says. */
  refuse(refuses: (rootHash: string) => readonly NackError[] | null): void;
  /** Tells of requests that it decided in this minute. */
  decide(counts: { readonly allowed: number; readonly refused: number; readonly by?: number | null }): Promise<void>;
  /** Says that it is there. */
  beat(): Promise<void>;
}

/** What was committed reaches waiting polls by a notification: a little later. */
const LOOK_MS = 250;

/** @param through the replica that it speaks to, asked anew for each call */
export async function joinTestGateway(
  fleet: TestFleet,
  name: string,
  through: () => ControlPlane = () => fleet.cp,
  group = "default",
): Promise<TestGateway> {
  const key = await makeNodeKey();
  const { token } = await fleet.cp.joinTokens.create(admin, { group, label: name });
  const { nodeId: id } = await enrol(fleet.cp, key, token, fleet.clock.now(), { name });
  let state: ReturnType<TestGateway["running"]> = null;
  let refuses: (rootHash: string) => readonly NackError[] | null = () => null;

  const authenticated = async () => through().nodeApi.authenticate(await nodeToken(key, id, fleet.clock.now()));
  const poll = async (request: SyncRequest) => through().nodeApi.sync(await authenticated(), request, { signal: new AbortController().signal });

  async function follow(): Promise<number | null> {
    const { manifest: _, ...runs } = state ?? { manifest: {}, revision: null, epoch: null, rootHash: null, installationHash: null };
    const answer = await poll({ ...nothingYet, ...runs, waitMs: LOOK_MS });
    if (answer.kind !== "update") return state?.revision ?? null;
    const offered: Running = decodeJwt(answer.envelope);
    const { revision, epoch, rootHash, installationHash } = offered;
    if (state !== null && (revision < state.revision || (revision === state.revision && rootHash !== state.rootHash)))
      throw new Error(`${name} runs ${state.revision} and was given ${revision}: nodes refuse that (older_revision).`);
    const errors = refuses(rootHash);
    if (errors !== null) {
      await poll({ ...nothingYet, ...runs, delivery: { outcome: "nack", revision, epoch, errors: [...errors] } });
      return state?.revision ?? null;
    }
    if (answer.manifest === null) throw new Error(`${name} was given a delta of the manifest, and asked for none.`);
    state = { revision, epoch, rootHash, installationHash, manifest: answer.manifest };
    return follow();
  }

  return {
    ...{ name, id, follow },
    running: () => state,
    refuse(by) {
      refuses = by;
    },
    async decide({ allowed, refused, by }) {
      const minute = new Date(fleet.clock.now()).toISOString();
      const count = (result: string, many: number) => (many === 0 ? [] : [{ minute, tenant: "acme", route: "all", result, count: many }]);
      const counts = [...count("allow", allowed), ...count("invalid_claims", refused)];
      const decided = by === undefined ? {} : { decided: [{ revision: by, minute, total: allowed + refused, refused }] };
      await through().nodeApi.events(await authenticated(), { batch: randomUUID(), events: [], counts, dropped: 0, ...decided });
    },
    beat: async () => {
      await beat(through(), key, id, fleet.clock.now());
    },
  };
}
