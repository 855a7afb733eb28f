import { z } from "zod";

export const signInInput = z.strictObject({
  email: z.string().trim().toLowerCase().min(1, "is missing; write your e-mail address").max(254),
  password: z.string().min(1, "is missing; write your password").max(1024),
});
export const revokeSessionInput = z.strictObject({ sessionId: z.uuid() });
