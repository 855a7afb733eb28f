export * from "./clients.js";
export type * from "./generated/client.js";
export { Prisma } from "./generated/client.js";
export * from "./generated/enums.js";
export * from "./listen.js";
export { notify } from "./notify.js";
export * from "./transactions.js";
