import { expect, test } from "vitest";
import { isSamePod, podIdOf, podUid } from "./pod-identity.ts";

const key = `0x04${"11".repeat(64)}` as const;
const salt = `0x${"22".repeat(32)}` as const;
const publisher = "0x2222222222222222222222222222222222222222";
const pod = { publisher, podId: podIdOf(key, salt) } as const;

test("vectors of docs/spec/channel.md", () => {
  expect(pod.podId).toBe("0x97d893befb6e91b7481d5da364737c76c8d05e6606536e461bc77616a5595a71");
  expect(podUid(pod)).toBe("0x1cad76ee48a5a3b3d34e342e19181930a791ace6f8df0a2701002d347133794e");
});

test("key and salt decide the pod id, publisher and pod id the pod", () => {
  expect(podIdOf(key, `0x${"23".repeat(32)}`)).not.toBe(pod.podId);
  expect(podIdOf(`0x04${"12".repeat(64)}`, salt)).not.toBe(pod.podId);
  expect(isSamePod(pod, { ...pod })).toBe(true);
  expect(isSamePod(pod, { ...pod, podId: salt })).toBe(false);
  expect(isSamePod(pod, { ...pod, publisher: "0x2222222222222222222222222222222222222223" })).toBe(false);
});
