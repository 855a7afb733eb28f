import { publishInput, reviewInput, rollbackInput, servingInput } from "@sallyport/control-plane";
import { ed25519PublicJwk } from "@sallyport/snapshot";
import { z } from "zod";
import { probe, review, serving } from "@/server/rest/review-views";
import { fleetRoute } from "@/server/rest/route";
import { draftValidation, pageOf, pageQuery, revisionRow, revisionView, sectionChange, wholeNumber } from "@/server/rest/views";

const params = z.object({ number: wholeNumber });
const published = z.object({ revision: z.number() });
/** Either the revision, or the id of the request that waits. */
const submitted = z.object({ revision: z.number().optional(), waiting: z.number().optional() });
const signedReceipt = z.object({ receipt: z.string(), keys: z.array(ed25519PublicJwk).readonly() }).meta({ id: "SignedReceipt" });

export const revisionRoutes = [
  fleetRoute(
    "draft.read",
    {
      method: "GET",
      path: "/draft",
      tag: "Draft",
      summary: "What differs from the live revision",
      query: z.strictObject({ tenant: z.string().max(63).optional() }),
      response: z.object({ base: z.number().nullable(), unpublished: z.number(), sections: z.array(sectionChange).readonly() }),
    },
    async ({ cp, actor }, { query }) => {
      const { base, sections } = await cp.draft.diff(actor, query);
      return { body: { base, unpublished: sections.length, sections } };
    },
  ),
  fleetRoute(
    "draft.read",
    {
      method: "POST",
      path: "/draft/validate",
      tag: "Draft",
      summary: "Assembles and compiles the draft as a publish would",
      response: draftValidation,
    },
    async ({ cp, actor }) => ({ body: await cp.draft.validate(actor) }),
  ),
  fleetRoute(
    "draft.read",
    {
      method: "POST",
      path: "/draft/review",
      tag: "Draft",
      summary: "What a publish of these sections would be: errors, isolation proof, warnings, the word to type, hashes and nodes",
      body: reviewInput,
      response: review,
    },
    async ({ cp, actor }, { body }) => ({ body: await cp.review.show(actor, body) }),
  ),
  fleetRoute(
    "draft.read",
    {
      method: "POST",
      path: "/draft/probe",
      tag: "Draft",
      summary: "Asks the identity providers that these sections bring or move whether they answer; never blocks a publish",
      body: reviewInput,
      response: probe,
    },
    async ({ cp, actor }, { body }) => ({ body: await cp.review.probe(actor, body) }),
  ),
  fleetRoute(
    "draft.read",
    {
      method: "POST",
      path: "/draft/serving",
      tag: "Draft",
      summary: "Which nodes are given these sections",
      body: servingInput,
      response: serving,
    },
    async ({ cp, actor }, { body }) => ({ body: await cp.review.serving(actor, body) }),
  ),
  fleetRoute(
    "revision.publish",
    {
      method: "POST",
      path: "/revisions",
      tag: "Revisions",
      summary: "Publishes the draft as a new, signed, immutable revision; where approvals are asked for, a request waits instead",
      /** Without base: whatever is live now. */
      body: publishInput.extend({ base: publishInput.shape.base.optional() }),
      status: 201,
      response: submitted,
    },
    async ({ cp, actor }, { body: { base, ...body } }) => ({
      body: await cp.approvals.submit(actor, { ...body, base: base === undefined ? (await cp.draft.summary(actor)).base : base }),
    }),
  ),
  fleetRoute(
    "draft.read",
    { method: "GET", path: "/revisions", tag: "Revisions", summary: "Newest first", query: z.strictObject(pageQuery), response: pageOf(revisionRow) },
    async ({ cp, actor }, { query }) => ({ body: await cp.revisions.list(actor, query) }),
  ),
  fleetRoute(
    "draft.read",
    { method: "GET", path: "/revisions/{number}", tag: "Revisions", summary: "One revision, with each node's state", params, response: revisionView },
    async ({ cp, actor }, { params: { number } }) => ({ body: await cp.revisions.get(actor, number) }),
  ),
  fleetRoute(
    "draft.read",
    {
      method: "GET",
      path: "/revisions/{number}/receipt",
      tag: "Revisions",
      summary: "What was published and what became of it at each node, as of now, signed (compact JWS, Ed25519)",
      params,
      response: signedReceipt,
    },
    async ({ cp, actor }, { params: { number } }) => ({ body: await cp.revisions.receipt(actor, number) }),
  ),
  fleetRoute(
    "revision.rollback",
    {
      method: "POST",
      path: "/revisions/{number}/rollback",
      tag: "Revisions",
      summary: "A new revision with this one's content; the draft stays as it is",
      params,
      body: rollbackInput.omit({ to: true }),
      status: 201,
      response: published,
    },
    async ({ cp, actor }, { params: { number }, body }) => ({ body: await cp.revisions.rollback(actor, { to: number, ...body }) }),
  ),
];
