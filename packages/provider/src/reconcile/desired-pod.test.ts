import { apiErrors, type PodManifest } from "@apoc/core";
import { expect, test } from "vitest";
import type { AdmittedImage } from "../runtime/index.ts";
import { container, podManifest } from "../testing/sample-pod.ts";
import { buildDesiredPod } from "./desired-pod.ts";

const image = { digest: "sha256:00" } as unknown as AdmittedImage;
const secrets = new Map([["api", new TextEncoder().encode("hunter2")]]);

function build(manifest: PodManifest, known = secrets) {
  const images = new Map(manifest.containers.map((each) => [each.image, image]));
  return buildDesiredPod({ id: "0x01", generation: 2, manifest, images, secrets: known });
}

test("volumes keep their kinds, and secret ones get the contents of their files", () => {
  const volumes = [
    { name: "data", kind: "persistent", sizeBytes: 7 },
    { name: "tmp", kind: "empty" },
    { name: "keys", kind: "secret", files: [{ path: "api.key", secret: "api" }] },
  ] as const;
  const mounts = [{ name: "keys", mountPath: "/keys", readOnly: false }];
  const pod = build(podManifest([{ ...container("web", "i"), volumeMounts: mounts }], { volumes }));
  expect(pod.volumes).toEqual([
    volumes[0],
    volumes[1],
    { name: "keys", kind: "secret", files: [{ path: "api.key", content: secrets.get("api") }] },
  ]);
  expect(pod.containers[0]?.mounts).toEqual([{ volume: "keys", mountPath: "/keys", readOnly: false }]);
});

test("variables get the values of their secrets; ports of all containers are those of the pod, each once", () => {
  const env = [
    { name: "MODE", value: "fast" },
    { name: "KEY", secret: "api" },
  ];
  const ports = [{ containerPort: 80 }];
  const pod = build(
    podManifest([
      { ...container("a", "i"), env, ports },
      { ...container("b", "j"), ports },
    ]),
  );
  expect(pod.containers[0]?.env).toEqual([
    { name: "MODE", value: "fast" },
    { name: "KEY", value: "hunter2" },
  ]);
  expect(pod.ports).toEqual([80]);
  expect(pod.containers.map((each) => each.image)).toEqual([image, image]);
});

test("a secret that is not there is an error", () => {
  const files = [{ path: "api.key", secret: "api" }];
  const manifest = podManifest([container("web", "i")], {
    volumes: [{ name: "keys", kind: "secret", files }],
  });
  expect(() => build(manifest, new Map())).toThrow(
    expect.objectContaining({ code: apiErrors.SECRETS_MISSING.code, field: "api" }),
  );
});
