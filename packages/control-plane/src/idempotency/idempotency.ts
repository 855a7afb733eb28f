import { createHmac } from "node:crypto";
import type { JsonValue } from "@sallyport/snapshot";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import type { ControlPlaneDeps } from "../deps.js";

/** A repeated request is recognised for a day. */
const KEPT_MS = 24 * 3_600_000;

/** What became of a claim on a key. */
type IdempotencyClaim =
  /** The caller carries the request out, then calls `complete` or `release`. */
  | { readonly state: "claimed" }
  /** The first one has not finished. */
  | { readonly state: "running" }
  /** The key was used for something else. */
  | { readonly state: "other_request" }
  | { readonly state: "replay"; readonly response: JsonValue };

/** Remembers which requests of an actor were carried out, so that one sent twice is carried out once. */
export interface Idempotency {
  /** @param input.requestHash SHA-256 in hex of everything that makes the request what it is */
  claim(actor: Actor, input: { readonly key: string; readonly requestHash: string }): Promise<IdempotencyClaim>;
  /** Keeps the answer. It must hold no secret: it is stored as it is. */
  complete(actor: Actor, input: { readonly key: string; readonly response: JsonValue }): Promise<void>;
  /** The request failed: the key is free again. */
  release(actor: Actor, input: { readonly key: string }): Promise<void>;
}

const stored = z.discriminatedUnion("state", [z.object({ state: z.literal("running") }), z.object({ state: z.literal("done"), response: z.json() })]);

const actorKey = (actor: Actor): string => `${actor.kind}:${actor.id}`;

export function createIdempotency({ data, clock, masterKey }: Pick<ControlPlaneDeps, "data" | "clock" | "masterKey">): Idempotency {
  const { fleet } = data;
  // A request can hold a secret that is easily guessed: whoever reads the database must not be able to try guesses against its hash.
  const keyed = (hash: string): string => createHmac("sha256", masterKey).update("sallyport idempotency\0").update(hash).digest("hex");
  return {
    async claim(actor, { key, requestHash: plainHash }) {
      const requestHash = keyed(plainHash);
      const now = new Date(clock.now());
      await fleet.idempotencyKey.deleteMany({ where: { actor: actorKey(actor), createdAt: { lt: new Date(now.getTime() - KEPT_MS) } } });
      // One statement, so that of two at once exactly one claims it.
      const { count } = await fleet.idempotencyKey.createMany({
        data: [{ actor: actorKey(actor), key, requestHash, response: { state: "running" }, createdAt: now }],
        skipDuplicates: true,
      });
      if (count === 1) return { state: "claimed" };
      const row = await fleet.idempotencyKey.findUnique({ where: { actor_key: { actor: actorKey(actor), key } } });
      // Released between the two statements: whoever asks again gets it.
      if (row === null) return { state: "running" };
      if (row.requestHash !== requestHash) return { state: "other_request" };
      const kept = stored.parse(row.response);
      return kept.state === "done" ? { state: "replay", response: kept.response } : { state: "running" };
    },
    async complete(actor, { key, response }) {
      const kept = stored.parse({ state: "done", response });
      await fleet.idempotencyKey.update({ where: { actor_key: { actor: actorKey(actor), key } }, data: { response: kept } });
    },
    async release(actor, { key }) {
      await fleet.idempotencyKey.deleteMany({ where: { actor: actorKey(actor), key } });
    },
  };
}
