export * from "./block-statement.ts";
export * from "./chain-view.ts";
export * from "./freshness.ts";
export * from "./solvency.ts";
export { surveyChain } from "./survey.ts";
