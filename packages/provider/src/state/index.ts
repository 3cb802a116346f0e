export { lockDataFolder } from "./database.ts";
export type { AdmittedPod, PodRecord } from "./pods.ts";
export { openState, type State } from "./state.ts";
export type { TransactionRecord } from "./transactions.ts";
export type { UsageDelta, UsageTable } from "./usage.ts";
