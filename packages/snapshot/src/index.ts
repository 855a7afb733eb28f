export { canonicalJson, type JsonValue, type Sha256 } from "./canonical.js";
export * from "./documents.js";
export * from "./envelope.js";
export * from "./kinds/fleet.js";
export * from "./kinds/identity-provider.js";
export * from "./kinds/policies.js";
export * from "./kinds/routing.js";
export * from "./names.js";
export * from "./sections.js";
