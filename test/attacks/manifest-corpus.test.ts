import { encodePodRequest, parsePodRequest, podErrors } from "@apoc/core";
import { scene } from "@apoc/core/testing";
import { describe, expect, test } from "vitest";

type Json = Record<string, unknown> & { containers: Record<string, unknown>[]; volumes: unknown[] };

const { channel, manifest } = await scene();
const valid = new TextDecoder().decode(encodePodRequest({ version: 2, channel, manifest, grants: [] }));

/** A pod request as it comes over the wire, with one thing changed in its manifest. */
const request = (change: (manifest: Json) => void): Uint8Array => {
  const body = JSON.parse(valid) as { manifest: Json };
  change(body.manifest);
  return new TextEncoder().encode(JSON.stringify(body));
};
const first = (member: object) => (m: Json) => void Object.assign(m.containers[0]!, member);
const mounted = (mountPath: string) => first({ volumeMounts: [{ name: "data", mountPath, readOnly: true }] });

test("the unchanged request is read", () => {
  expect(parsePodRequest(request(() => {})).manifest).toEqual(manifest);
});

describe("the manifest cannot express what could reach into a container", () => {
  test.each<[string, (manifest: Json) => void]>([
    ["privileges", first({ securityContext: { privileged: true } })],
    ["capabilities", first({ capabilities: { add: ["SYS_PTRACE"] } })],
    ["devices", first({ devices: ["/dev/mem"] })],
    ["volume devices", first({ volumeDevices: [{ name: "data", devicePath: "/dev/x" }] })],
    ["exec probes", first({ livenessProbe: { exec: { command: ["cat", "/app/secret"] } } })],
    ["lifecycle hooks", first({ lifecycle: { postStart: { exec: { command: ["sh"] } } } })],
    ["a terminal", first({ tty: true, stdin: true })],
    ["a termination message", first({ terminationMessagePath: "/app/secret" })],
    ["variables from elsewhere", first({ envFrom: [{ secretRef: { name: "x" } }] })],
    ["a user", first({ user: "0" })],
    ["init containers", (m) => Object.assign(m, { initContainers: m.containers })],
    ["ephemeral containers", (m) => Object.assign(m, { ephemeralContainers: m.containers })],
    ["the host's network", (m) => Object.assign(m, { hostNetwork: true })],
    ["shared processes", (m) => Object.assign(m, { shareProcessNamespace: true })],
    ["folders of the host", (m) => m.volumes.push({ name: "host", kind: "host", path: "/" })],
    [
      "a path of a volume",
      first({ volumeMounts: [{ name: "data", mountPath: "/data", readOnly: true, subPath: "x" }] }),
    ],
    [
      "propagation",
      first({
        volumeMounts: [
          { name: "data", mountPath: "/data", readOnly: true, mountPropagation: "Bidirectional" },
        ],
      }),
    ],
    ["members in another case", first({ Command: ["/bin/sh"] })],
    [
      "a prototype",
      (m) =>
        void Object.defineProperty(m.containers[0]!, "__proto__", {
          value: { command: ["/bin/sh"] },
          enumerable: true,
        }),
    ],
    [
      "a variable twice",
      first({
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      }),
    ],
    ["a variable with both value and secret", first({ env: [{ name: "A", value: "1", secret: "x" }] })],
    ["a name that is more than a variable's", first({ env: [{ name: "A=B\u0000", value: "1" }] })],
    [
      "a mount path twice",
      first({ volumeMounts: [1, 2].map(() => ({ name: "data", mountPath: "/d", readOnly: true })) }),
    ],
    ["a mount path that climbs", mounted("/data/../bin")],
    ["a mount path that ends in a slash", mounted("/data/")],
    ["a relative mount path", mounted("data")],
    ["the root", mounted("/")],
    ["another option for the mount after a comma", mounted("/data/x,source=/etc")],
    ["another option for the mount after a colon", mounted("/data:rw")],
    ["a line feed in a mount path", mounted("/data/x\ny")],
    [
      "a volume that is not there",
      first({ volumeMounts: [{ name: "other", mountPath: "/d", readOnly: true }] }),
    ],
    [
      "a secret file that climbs",
      (m) => m.volumes.push({ name: "s", kind: "secret", files: [{ path: "..", secret: "x" }] }),
    ],
    [
      "a secret file in a folder",
      (m) => m.volumes.push({ name: "s", kind: "secret", files: [{ path: "a/b", secret: "x" }] }),
    ],
    ["a volume name that climbs", (m) => m.volumes.push({ name: "../x", kind: "empty" })],
    ["a container twice", (m) => m.containers.push(m.containers[0]!)],
    ["a container name with a slash", first({ name: "a/b" })],
    [
      "seventeen containers",
      (m) => (m.containers = Array.from({ length: 17 }, (_, i) => ({ ...m.containers[0], name: `c${i}` }))),
    ],
    ["less than nothing", first({ resources: { cpuMillis: -1, memoryBytes: 2 ** 25 } })],
    ["an ingress to somebody else", (m) => Object.assign(m, { ingress: { container: "other", port: 80 } })],
  ])("%s", (_, change) => {
    expect(() => parsePodRequest(request(change))).toThrowError(
      expect.objectContaining({ code: podErrors.MANIFEST_FIELD.code }),
    );
  });
});
