import { admissionErrors, type PodStatus } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { expect, test } from "vitest";
import { movedClock } from "../testing/moved-clock.ts";
import type { PodRequests } from "./pod-requests.ts";
import { putPod, waitUntilRunning } from "./provision.ts";

const status = (state: PodStatus["state"], rest: Partial<PodStatus> = {}): PodStatus => ({
  version: 2,
  publisher: "0x0000000000000000000000000000000000000051",
  podId: `0x${"0d".repeat(32)}`,
  name: "books",
  state,
  containers: [],
  channels: [],
  ...rest,
});

/** Requests that are answered from a list, the last answer repeatedly. */
function answering(...answers: (PodStatus | ApocError)[]): PodRequests {
  const next = async () => {
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (answer instanceof ApocError) throw answer;
    return answer;
  };
  return { put: next, status: next, logs: () => Promise.reject(new Error()) as never };
}
const { signal } = new AbortController();
const stale = new ApocError(admissionErrors.CHAIN_STALE);

test("a pod is sent again while the provider has not seen the channel yet, for a minute", async () => {
  const clock = movedClock();
  const requests = answering(
    new ApocError(admissionErrors.FUNDS_UNKNOWN),
    new ApocError(admissionErrors.FUNDS_NOT_ACCEPTED),
    stale,
    new ApocError(admissionErrors.CHAIN_DISAGREES),
    new ApocError(admissionErrors.CHAIN_MONITORS),
    status("accepted"),
  );
  const body = new Uint8Array();
  expect((await putPod({ clock, signal }, requests, "deploy", body)).state).toBe("accepted");
  expect(clock.slept).toEqual([1000, 1000, 1000, 1000, 1000]);
  const late = movedClock();
  await expect(putPod({ clock: late, signal }, answering(stale), "deploy", body)).rejects.toBe(stale);
  expect(late.slept).toHaveLength(60);
});

test("a refusal that waiting does not change is thrown at once", async () => {
  const clock = movedClock();
  const refusal = new ApocError(admissionErrors.PROTECTED_ARGS);
  const sending = putPod({ clock, signal }, answering(refusal), "update", new Uint8Array());
  await expect(sending).rejects.toBe(refusal);
  expect(clock.slept).toEqual([]);
});

test("a starting pod is asked for until it runs, less and less often", async () => {
  const clock = movedClock();
  const requests = answering(...Array.from({ length: 8 }, () => status("preparing")), status("running"));
  const running = await waitUntilRunning({ clock, signal }, requests, "books", status("accepted"));
  expect(running.state).toBe("running");
  expect(clock.slept[0]).toBe(250);
  expect(clock.slept.at(-1)).toBe(2000);
});

test("a pod that fails gives the provider's reason, and where the funds are", async () => {
  const clock = movedClock();
  const reason = new ApocError(admissionErrors.CHAIN_STALE, { field: "head", detail: "Old." }).toJSON();
  const waiting = waitUntilRunning({ clock, signal }, answering(status("failed", { reason })), "books", {
    ...status("accepted"),
  });
  await expect(waiting).rejects.toMatchObject({
    code: admissionErrors.CHAIN_STALE.code,
    field: "head",
    detail: expect.stringMatching(/^Old\.\nThe funds stay/) as string,
    next: { action: "close-pod", subject: "books" },
  });
  const silent = waitUntilRunning({ clock, signal }, answering(), "books", status("suspended"));
  await expect(silent).rejects.toMatchObject({ code: "APOC-9224", actual: "suspended" });
});
