import { entityName } from "@sallyport/snapshot";
import { z } from "zod";
import { fleet, router } from "@/server/trpc/init";
import { version } from "@/server/trpc/inputs";

const put = z.object({ name: z.string(), spec: z.unknown(), version: version.nullable() });
const named = z.object({ name: entityName });
const removal = z.object({ name: entityName, version });

export const fleetRouter = router({
  settings: fleet("fleet.read").query(({ ctx }) => ctx.cp.fleet.settings(ctx.scope)),
  putSettings: fleet("fleet.write")
    .input(z.object({ spec: z.unknown(), version }))
    .mutation(({ ctx, input }) => ctx.cp.fleet.putSettings(ctx.scope, { spec: input.spec, version: input.version })),
  policies: router({
    list: fleet("fleet.read").query(({ ctx }) => ctx.cp.fleet.policies.list(ctx.scope)),
    put: fleet("policy.write")
      .input(put)
      .mutation(({ ctx, input }) => ctx.cp.fleet.policies.put(ctx.scope, input.name, { spec: input.spec, version: input.version })),
    remove: fleet("policy.write")
      .input(removal)
      .mutation(({ ctx, input }) => ctx.cp.fleet.policies.remove(ctx.scope, input.name, { version: input.version })),
  }),
});

export const groupsRouter = router({
  list: fleet("fleet.read").query(({ ctx }) => ctx.cp.groups.list(ctx.scope)),
  get: fleet("fleet.read")
    .input(named)
    .query(({ ctx, input }) => ctx.cp.groups.get(ctx.scope, input.name)),
  put: fleet("fleet.write")
    .input(put)
    .mutation(({ ctx, input }) => ctx.cp.groups.put(ctx.scope, input.name, { spec: input.spec, version: input.version })),
  remove: fleet("fleet.write")
    .input(removal)
    .mutation(({ ctx, input }) => ctx.cp.groups.remove(ctx.scope, input.name, { version: input.version })),
});
