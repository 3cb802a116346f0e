import type { AdmissionMemory } from "./admission-memory.ts";
import type { PodStore } from "./pods.ts";
import type { TransactionStore } from "./transactions.ts";
import type { UsageStore } from "./usage.ts";

/** Small values that outlive the process. */
export interface MetaStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
}

/** Everything the provider keeps, intents before acts: ports that an embedded or a remote database implements. */
export interface State {
  readonly pods: PodStore;
  readonly usage: UsageStore;
  readonly transactions: TransactionStore;
  readonly memory: AdmissionMemory;
  readonly meta: MetaStore;
  readonly close: () => Promise<void>;
}
