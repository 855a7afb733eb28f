import { runTestsInput, tryTestInput } from "@sallyport/control-plane";
import { z } from "zod";
import { testOutcome, testsRun } from "@/server/rest/review-views";
import { fleetRoute, tenantRoute } from "@/server/rest/route";

const params = z.object({ slug: z.string() });
const on = { on: runTestsInput.shape.on };

/** Running policy tests; they themselves are objects of their tenant. */
export const policyTestRoutes = [
  fleetRoute(
    "draft.read",
    {
      method: "POST",
      path: "/test-runs",
      tag: "PolicyTest",
      summary: "Runs every policy test, those of the whole fleet included, on the draft or on what is live",
      body: z.strictObject(on),
      response: testsRun,
    },
    async ({ cp, actor }, { body }) => ({ body: await cp.policyTests.run(actor, body) }),
  ),
  tenantRoute(
    "tenant.read",
    {
      method: "POST",
      path: "/tenants/{slug}/test-runs",
      tag: "PolicyTest",
      summary: "Runs the policy tests of a tenant",
      params,
      body: z.strictObject(on),
      response: testsRun,
    },
    async ({ cp, actor }, { params: { slug }, body }) => ({ body: await cp.policyTests.run(actor, { ...body, tenant: slug }) }),
  ),
  tenantRoute(
    "tenant.read",
    {
      method: "POST",
      path: "/tenants/{slug}/test-attempts",
      tag: "PolicyTest",
      summary: "Runs a policy test that need not be saved",
      params,
      body: tryTestInput,
      response: testOutcome,
    },
    async ({ cp, scope }, { body }) => ({ body: await cp.policyTests.attempt(scope, body) }),
  ),
];
