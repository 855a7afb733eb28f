export * from "./compiled.js";
export * from "./decision.js";
export * from "./deny-codes.js";
export * from "./facts.js";
export * from "./ports.js";
