import { acknowledgeAlertInput, closeAlertInput } from "@sallyport/control-plane";
import { SECURITY_EVENT_KINDS, SEVERITIES } from "@sallyport/snapshot/protocol";
import { z } from "zod";
import { fleetRoute } from "@/server/rest/route";
import { alertRow, auditRow, pageOf, pageQuery, wholeNumber } from "@/server/rest/views";

const params = z.object({ number: wholeNumber });
const word = z.string().max(200).optional();
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const securityRoutes = [
  fleetRoute(
    "alert.read",
    {
      method: "GET",
      path: "/alerts",
      tag: "Alerts",
      summary: "Newest first",
      query: z.strictObject({
        status: z.enum(["open", "acknowledged", "closed"]).optional(),
        kind: z.enum(SECURITY_EVENT_KINDS).optional(),
        severity: z.enum(SEVERITIES).optional(),
        tenant: z.string().max(63).optional(),
        query: word,
        ...pageQuery,
      }),
      response: pageOf(alertRow),
    },
    async ({ cp, actor }, { query }) => ({ body: await cp.alerts.list(actor, query) }),
  ),
  fleetRoute(
    "alert.read",
    { method: "GET", path: "/alerts/{number}", tag: "Alerts", summary: "One alert", params, response: alertRow, versioned: true },
    async ({ cp, actor }, { params: { number } }) => {
      const { alert } = await cp.alerts.get(actor, number);
      return { body: alert, version: alert.version };
    },
  ),
  fleetRoute(
    "alert.write",
    {
      method: "POST",
      path: "/alerts/{number}/acknowledge",
      tag: "Alerts",
      summary: "Says that somebody looks into it; without If-Match, whatever its version is",
      params,
      body: acknowledgeAlertInput.pick({ note: true }).optional(),
      response: alertRow,
      versioned: true,
    },
    async ({ cp, actor, precondition }, { params: { number }, body }) => {
      const version = precondition.version ?? (await cp.alerts.get(actor, number)).alert.version;
      const alert = await cp.alerts.acknowledge(actor, { number, version, ...body });
      return { body: alert, version: alert.version };
    },
  ),
  fleetRoute(
    "alert.write",
    {
      method: "POST",
      path: "/alerts/{number}/close",
      tag: "Alerts",
      summary: "Closes it with a reason; it opens again when it recurs",
      params,
      body: closeAlertInput.pick({ reason: true }),
      response: alertRow,
      versioned: true,
    },
    async ({ cp, actor, precondition }, { params: { number }, body }) => {
      const version = precondition.version ?? (await cp.alerts.get(actor, number)).alert.version;
      const alert = await cp.alerts.close(actor, { number, version, reason: body.reason });
      return { body: alert, version: alert.version };
    },
  ),
  fleetRoute(
    "audit.read",
    {
      method: "GET",
      path: "/audit",
      tag: "Audit",
      summary: "Every change: who, when, from where, before and after; newest first",
      query: z.strictObject({ actor: word, action: word, target: word, tenant: word, from: moment.optional(), to: moment.optional(), ...pageQuery }),
      response: pageOf(auditRow),
    },
    async ({ cp, scope }, { query }) => ({ body: await cp.audit.list(scope, query) }),
  ),
];
