import { admissionMemoryConformance } from "./admission-memory.ts";
import { leaseConformance } from "./lease.ts";
import { podConformance } from "./pods.ts";
import type { MakeStateFixture } from "./state-fixture.ts";
import { transactionConformance } from "./transactions.ts";
import { usageConformance } from "./usage.ts";

export type { MakeStateFixture, StateFixture } from "./state-fixture.ts";

/** The tests that every implementation of the state's ports passes. To be called in a test file. */
export function stateConformance(makeFixture: MakeStateFixture): void {
  podConformance(makeFixture);
  usageConformance(makeFixture);
  transactionConformance(makeFixture);
  admissionMemoryConformance(makeFixture);
  leaseConformance(makeFixture);
}
