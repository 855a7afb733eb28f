import { WARNING_SEVERITIES, WARNINGS, type WarningCode } from "@sallyport/control-plane";
import { z } from "zod";

const side = z.object({ tenant: z.string(), path: z.string(), rules: z.array(z.string()).readonly() });

/** What two tenants would both take: the proof that a border does not hold. */
const counterExample = z
  .object({
    presents: z.enum(["token", "host", "certificate", "slug"]),
    example: z.record(z.string(), z.unknown()).readonly(),
    sides: z.tuple([side, side]).readonly(),
  })
  .meta({ id: "CounterExample" });

export const finding = z.object({ path: z.string(), message: z.string(), counterExample: counterExample.optional() }).meta({ id: "Finding" });

export const isolation = z.object({ ok: z.boolean(), pairs: z.unknown(), violations: z.array(counterExample).readonly() });

const warning = z
  .object({
    id: z.string(),
    code: z.enum(Object.keys(WARNINGS) as [WarningCode]),
    severity: z.enum(WARNING_SEVERITIES),
    path: z.string(),
    message: z.string(),
    remedy: z.string(),
  })
  .meta({ id: "Warning" });

const reachedGroup = z
  .object({
    name: z.string(),
    sections: z.number(),
    tenants: z.number(),
    nodeCount: z.number(),
    connectedCount: z.number(),
    nodes: z.array(z.object({ name: z.string(), connected: z.boolean() })).readonly(),
  })
  .meta({ id: "ReachedGroup" });

/** Which nodes are given some sections. */
export const serving = z
  .object({
    groups: z.array(reachedGroup).readonly(),
    nodeCount: z.number(),
    connectedCount: z.number(),
    unserved: z.array(z.string()).readonly(),
  })
  .meta({ id: "Serving" });

const reach = z
  .object({
    ...serving.shape,
    sections: z.array(z.object({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() })).readonly(),
    untouchedGroups: z.array(z.string()).readonly(),
    metadataOnly: z.array(z.string()).readonly(),
  })
  .meta({ id: "Reach" });

/** An object of the configuration that had the say in a step. */
const decidedBy = z.object({ kind: z.string(), tenant: z.string().nullable(), name: z.string(), setting: z.string().nullable() });

const testStep = z.object({
  step: z.enum(["admit", "resolve", "route", "extract", "authenticate", "match", "limit", "propagate"]),
  result: z.enum(["pass", "fail", "skipped"]),
  detail: z.string(),
  us: z.number().nullable(),
  decidedBy: z.array(decidedBy).readonly(),
});

/** A policy test, and what became of it. */
export const testOutcome = z
  .object({
    path: z.string(),
    tenant: z.string().nullable(),
    name: z.string(),
    description: z.string().nullable(),
    at: z.string().nullable(),
    passed: z.boolean(),
    expected: z.string(),
    got: z.string(),
    differences: z.array(z.string()).readonly(),
    decidedAt: testStep.shape.step.nullable(),
    steps: z.array(testStep).readonly(),
    nearMisses: z
      .array(
        z.object({ code: z.string(), sentence: z.string(), elsewhere: z.object({ tenant: z.string(), identityProvider: z.string() }).nullable() }),
      )
      .readonly(),
  })
  .meta({ id: "PolicyTestOutcome" });

export const testsRun = z
  .object({ revision: z.number().nullable(), passed: z.number(), failed: z.number(), outcomes: z.array(testOutcome).readonly() })
  .meta({ id: "PolicyTestsRun" });

/** Everything that whoever publishes should have seen. */
export const review = z
  .object({
    base: z.number().nullable(),
    sections: z.array(z.string()).readonly(),
    ok: z.boolean(),
    errors: z.array(finding).readonly(),
    isolation,
    warnings: z.array(warning).readonly(),
    word: z.string().nullable(),
    tests: z.object({ total: z.number(), passed: z.number(), failed: z.array(testOutcome).readonly() }).nullable(),
    testWord: z.string().nullable(),
    reach,
    ms: z.number(),
  })
  .meta({ id: "Review" });

export const probe = z.object({ warnings: z.array(warning).readonly(), asked: z.number(), skipped: z.number() }).meta({ id: "Probe" });
