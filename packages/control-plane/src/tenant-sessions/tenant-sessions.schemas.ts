import { entityName } from "@sallyport/snapshot";
import { z } from "zod";
import { pageInput } from "../page.js";
import { givenReason } from "../revocations/revocations.schemas.js";

/** The id that upstreams get in `X-Session-Id`: SHA-256 in base64url. */
const sessionId = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "is not a session's id; copy it from the list, or from an upstream's X-Session-Id");
const subject = z.string().min(1, "is empty; write the whole subject").max(255);

/** Whose sessions: the subject as the identity provider calls it (`sub`), at one of the tenant's providers or at each of them. */
const ofSubject = { subject, identityProvider: entityName.optional() };

export const listTenantSessionsInput = z
  .strictObject({ ...pageInput, subject: subject.optional(), identityProvider: entityName.optional() })
  .refine((input) => input.identityProvider === undefined || input.subject !== undefined, {
    path: ["identityProvider"],
    error: "narrows a subject's sessions; name the subject too",
  });
/** The subject makes a session of many found faster; it need not be said. */
export const endTenantSessionInput = z.strictObject({
  id: sessionId,
  subject: subject.optional(),
  identityProvider: entityName.optional(),
  reason: givenReason,
});
export const endSubjectSessionsInput = z.strictObject({ ...ofSubject, reason: givenReason });
export const endAllSessionsInput = z.strictObject({ reason: givenReason });
