import { expect, test } from "vitest";
import { providerErrors } from "../../errors.ts";
import { admittedPod } from "../../testing/sample-pod.ts";
import type { MakeStateFixture } from "./state-fixture.ts";

/** The lease, and readers without one. */
export function leaseConformance(makeFixture: MakeStateFixture): void {
  test("one holds the lease; once released another acquires it", async () => {
    const { acquireLease } = await makeFixture();
    const lease = await acquireLease();
    expect(lease.lost.aborted).toBe(false);
    await expect(acquireLease()).rejects.toMatchObject({ code: providerErrors.DATA_IN_USE.code });
    await lease.release();
    await (await acquireLease()).release();
  });

  test("a reader needs no lease, sees what is written, and cannot write", async () => {
    const { acquireLease, open, openReader } = await makeFixture();
    await expect(openReader()).rejects.toMatchObject({ code: providerErrors.STATE_UNREADABLE.code });
    const lease = await acquireLease();
    const writer = await open();
    await writer.pods.admit(admittedPod(), 1);
    const reader = await openReader();
    expect(await reader.pods.live()).toHaveLength(1);
    await expect(reader.pods.drain(admittedPod().id, 2)).rejects.toThrow(/read-?only/);
    await reader.close();
    await writer.close();
    await lease.release();
  });
}
