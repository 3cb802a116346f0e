export * from "./apoc-error.ts";
export * from "./define-errors.ts";
export * from "./next-action.ts";
