import { expect, test } from "vitest";
import { providerErrors } from "../errors.ts";
import { checkDesiredPod } from "./check-desired-pod.ts";
import type { AdmittedImage, DesiredContainer, DesiredPod, PodVolume } from "./desired-pod.ts";

const plain = { manifest: { layers: [{}] } } as unknown as AdmittedImage;
const encrypted = { ...plain, layerKeys: [{}] } as unknown as AdmittedImage;
const container: DesiredContainer = {
  name: "web",
  image: plain,
  env: [{ name: "MODE", value: "a=b" }],
  mounts: [{ volume: "data", mountPath: "/data", readOnly: false }],
  cpuMillis: 100,
  memoryBytes: 1 << 20,
};
const files = [{ path: "key", content: new Uint8Array() }];
const pod: DesiredPod = {
  podId: `0x${"ab".repeat(32)}`,
  generation: 1,
  ports: [80],
  volumes: [
    { name: "data", kind: "persistent", sizeBytes: 1 },
    { name: "keys", kind: "secret", files },
  ],
  containers: [container],
};

const withContainer = (changes: Partial<DesiredContainer>): DesiredPod => ({
  ...pod,
  containers: [{ ...container, ...changes }],
});
const withFiles = (...paths: string[]): DesiredPod => ({
  ...pod,
  volumes: [
    ...pod.volumes,
    { name: "more", kind: "secret", files: paths.map((path) => ({ ...files[0]!, path })) },
  ],
});
const mount = (volume: string, mountPath: string) => ({ volume, mountPath, readOnly: false });

test("a pod that can be made passes, with an encrypted image and its own program too", () => {
  checkDesiredPod(pod);
  checkDesiredPod(withContainer({ image: encrypted, args: ["-v"] }));
  checkDesiredPod(withContainer({ command: ["/bin/sh"], workingDir: "/tmp" }));
});

test.each<[string, string, DesiredPod]>([
  ["an id that is none", "podId", { ...pod, podId: "0xAB" }],
  ["a generation that is none", "generation", { ...pod, generation: 1.5 }],
  ["no container", "containers", { ...pod, containers: [] }],
  ["a name with a slash", "containers[0].name", withContainer({ name: "a/b" })],
  ["a name twice", "containers[1].name", { ...pod, containers: [container, container] }],
  ["a volume twice", "volumes[2].name", { ...pod, volumes: [...pod.volumes, pod.volumes[0] as PodVolume] }],
  [
    "a volume whose name leads elsewhere",
    "volumes[0].name",
    { ...pod, volumes: [{ name: "../x", kind: "empty" }] },
  ],
  ["a secret file in a folder", "volumes[2].files", withFiles("a/b")],
  ["a secret file that leads out", "volumes[2].files", withFiles("..")],
  ["a secret file twice", "volumes[2].files", withFiles("a", "a")],
  ["a mount of nothing", "containers[0].mounts", withContainer({ mounts: [mount("other", "/x")] })],
  ["a mount over everything", "containers[0].mounts", withContainer({ mounts: [mount("data", "/")] })],
  [
    "a mount that leads elsewhere",
    "containers[0].mounts",
    withContainer({ mounts: [mount("data", "/a/../b")] }),
  ],
  [
    "two mounts at one path",
    "containers[0].mounts",
    withContainer({ mounts: [mount("data", "/a"), mount("keys", "/a")] }),
  ],
  ["a variable with =", "containers[0].env", withContainer({ env: [{ name: "A=B", value: "" }] })],
  ["a value with NUL", "containers[0].env", withContainer({ env: [{ name: "A", value: "\0" }] })],
  [
    "another program in an encrypted image",
    "containers[0].command",
    withContainer({ image: encrypted, command: ["/bin/sh"] }),
  ],
  [
    "another working directory in an encrypted image",
    "containers[0].workingDir",
    withContainer({ image: encrypted, workingDir: "/data" }),
  ],
  [
    "keys of fewer layers than there are",
    "containers[0].image.layerKeys",
    withContainer({ image: { ...encrypted, layerKeys: [] } }),
  ],
])("%s is refused", (_, field, desired) => {
  expect(() => checkDesiredPod(desired)).toThrow(
    expect.objectContaining({ code: providerErrors.POD_INVALID.code, field }),
  );
});
