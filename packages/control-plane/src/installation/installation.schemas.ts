import { z } from "zod";

/** Who runs this installation, as people read it. `was` is the name that the editor saw. */
export const renameInstallationInput = z.strictObject({
  orgName: z.string().trim().min(1, "write the organisation's name").max(80, "80 characters at most"),
  was: z.string(),
});
