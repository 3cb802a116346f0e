export type { AdmissionMemory } from "./admission-memory.ts";
export type { Lease } from "./lease.ts";
export type { AdmittedPod, PodChannel, PodIngress, PodRecord, PodRoute, PodStore } from "./pods.ts";
export type { MetaStore, State } from "./state.ts";
export type { TransactionRecord, TransactionStore } from "./transactions.ts";
export type { UsageDelta, UsageStore } from "./usage.ts";
