export { documentText, hasComments } from "./document-text.js";
export { type Place, type ReadText, readText, type TextFault } from "./read-text.js";
