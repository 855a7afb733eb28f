import {
  bundleInput,
  putFleetPolicyInput,
  putFleetSettingsInput,
  putGroupInput,
  removeInput,
  renameInstallationInput,
} from "@sallyport/control-plane";
import { entityName } from "@sallyport/snapshot";
import { fleet, router } from "@/server/trpc/init";
import { fields, parsed } from "@/server/trpc/inputs";

const name = { name: entityName };

export const fleetRouter = router({
  settings: fleet("fleet.read").query(({ ctx }) => ctx.cp.fleet.settings(ctx.scope)),
  putSettings: fleet("fleet.write")
    .input(parsed(putFleetSettingsInput))
    .mutation(({ ctx, input }) => ctx.cp.fleet.putSettings(ctx.scope, input)),
  policies: router({
    list: fleet("fleet.read").query(({ ctx }) => ctx.cp.fleet.policies.list(ctx.scope)),
    source: fleet("fleet.read")
      .input(fields(name))
      .query(({ ctx, input }) => ctx.cp.fleet.policies.source(ctx.scope, input.name)),
    put: fleet("fleet.write")
      .input(fields({ ...name, ...putFleetPolicyInput.shape }))
      .mutation(({ ctx, input: { name, ...input } }) => ctx.cp.fleet.policies.put(ctx.scope, name, input)),
    remove: fleet("fleet.write")
      .input(fields({ ...name, ...removeInput.shape }))
      .mutation(({ ctx, input: { name, ...input } }) => ctx.cp.fleet.policies.remove(ctx.scope, name, input)),
  }),
  policyTests: router({
    list: fleet("fleet.read").query(({ ctx }) => ctx.cp.fleet.policyTests.list(ctx.scope)),
  }),
});

export const installationRouter = router({
  facts: fleet("fleet.read").query(({ ctx }) => ctx.cp.installation.facts()),
  rename: fleet("fleet.write")
    .input(parsed(renameInstallationInput))
    .mutation(({ ctx, input }) => ctx.cp.installation.rename(ctx.scope, input)),
});

export const groupsRouter = router({
  list: fleet("fleet.read").query(({ ctx }) => ctx.cp.groups.list(ctx.scope)),
  get: fleet("fleet.read")
    .input(fields(name))
    .query(({ ctx, input }) => ctx.cp.groups.get(ctx.scope, input.name)),
  put: fleet("fleet.write")
    .input(fields({ ...name, ...putGroupInput.shape }))
    .mutation(({ ctx, input: { name, ...input } }) => ctx.cp.groups.put(ctx.scope, name, input)),
  remove: fleet("fleet.write")
    .input(fields({ ...name, ...removeInput.shape }))
    .mutation(({ ctx, input: { name, ...input } }) => ctx.cp.groups.remove(ctx.scope, name, input)),
  /** The file itself: the browser keeps it. */
  bundle: fleet("node.write")
    .input(parsed(bundleInput))
    .mutation(({ ctx, input }) => ctx.cp.bundles.make(ctx.actor, input)),
  internalKeys: fleet("node.read")
    .input(fields(name))
    .query(({ ctx, input }) => ctx.cp.internalKeys.list(ctx.scope, input.name)),
  rotateInternalKey: fleet("node.write")
    .input(fields(name))
    .mutation(({ ctx, input }) => ctx.cp.internalKeys.rotate(ctx.scope, input.name)),
});
