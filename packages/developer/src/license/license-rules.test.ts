import type { License } from "@apoc/core";
import type { ImageConfig } from "@apoc/oci";
import { expect, test } from "vitest";
import { assertSoundPolicy } from "./read-license-file.ts";
import { untrustedInputWarning } from "./untrusted-input.ts";

const config: ImageConfig = {
  architecture: "amd64",
  os: "linux",
  config: { Entrypoint: ["/app/ledger"], WorkingDir: "/srv" },
  rootfs: { type: "layers", diff_ids: [] },
};

function licensed(policy: Partial<License["policy"]>): License {
  return {
    version: 1,
    developer: "eip155:31337:0x0000000000000000000000000000000000000001",
    offers: [],
    policy: { args: false, env: [], mounts: [], ...policy },
  };
}

test.each([
  [{ env: ["LD_PRELOAD"] }, "policy.env", "LD_PRELOAD"],
  [{ env: ["LOG_LEVEL", "PATH"] }, "policy.env", "PATH"],
  [{ env: ["NODE_OPTIONS"] }, "policy.env", "NODE_OPTIONS"],
  [{ env: ["PYTHONPATH"] }, "policy.env", "PYTHONPATH"],
  [{ mounts: ["/usr/local/share"] }, "policy.mounts", "/usr/local/share"],
  [{ mounts: ["/etc"] }, "policy.mounts", "/etc"],
  [{ mounts: ["/app"] }, "policy.mounts", "/app"],
  [{ mounts: ["/srv"] }, "policy.mounts", "/srv"],
])("a policy that opens code is refused: %j", (policy, field, actual) => {
  expect(() => assertSoundPolicy(licensed(policy), config)).toThrowError(
    expect.objectContaining({ code: "APOC-9103", field, actual }),
  );
});

test("a policy that opens data is taken", () => {
  const policy = { args: true, env: ["LOG_LEVEL", "PORT"], mounts: ["/app/data", "/data"] };
  expect(() => assertSoundPolicy(licensed(policy), config)).not.toThrow();
});

test("the warning names what the publisher controls, never the entrypoint", () => {
  const text = untrustedInputWarning(licensed({ args: true, env: ["PORT"] }), ["/app/ledger"]);
  expect(text).toContain("arguments; variables PORT; never the entrypoint");
  expect(text).toContain("untrusted input");
  expect(untrustedInputWarning(licensed({ args: true }), [])).toContain("`args: true` has no effect");
  expect(untrustedInputWarning(licensed({}), [])).toContain("arguments can never be opened");
});
