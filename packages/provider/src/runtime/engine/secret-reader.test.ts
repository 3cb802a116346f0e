import { expect, test } from "vitest";
import type { DesiredPod } from "../index.ts";
import { secretReader } from "./secret-reader.ts";

/** A pod with one container a user, of which the first `mounting` mount the volume `keys`. */
function podOf(users: readonly string[], mounting = users.length): DesiredPod {
  const containers = users.map((User, index) => ({
    image: { config: { config: { User } } },
    mounts: index < mounting ? [{ volume: "keys", mountPath: "/keys", readOnly: true }] : [],
  }));
  return { containers } as unknown as DesiredPod;
}

test.each<[string, readonly string[], unknown]>([
  ["root without a name", [""], { uid: 0, gid: 0 }],
  ["root by name", ["root"], { uid: 0, gid: 0 }],
  ["a number", ["1000"], { uid: 1000, gid: 0 }],
  ["a number and a group", ["1000:1001"], { uid: 1000, gid: 1001 }],
  ["the same number twice", ["1000", "1000"], { uid: 1000, gid: 0 }],
  ["two users", ["1000", "1001"], undefined],
  ["a name", ["node"], undefined],
])("%s", (_, users, reader) => expect(secretReader(podOf(users), "keys")).toEqual(reader));

test("users of containers that do not mount the volume do not count", () => {
  expect(secretReader(podOf(["1000", "1001"], 1), "keys")).toEqual({ uid: 1000, gid: 0 });
  expect(secretReader(podOf(["1000"]), "other")).toBe(undefined);
});
