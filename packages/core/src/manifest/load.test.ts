import { zeroAddress } from "viem";
import { expect, test } from "vitest";
import { loadPodManifest, sealSecrets, openSecrets } from "./index.ts";

const options = { defaultName: "pod", readFile: async () => new TextEncoder().encode("from file") };
const kubernetes = `
apiVersion: v1
kind: Pod
metadata: { name: books }
spec:
  containers:
  - name: web
    image: localhost:5000/web:1
    command: [/bin/httpd]
    args: [-f]
    env:
    - { name: MODE, value: fast }
    - { name: PASSWORD, valueFrom: { secretKeyRef: { name: db, key: password } } }
    ports: [{ name: http, containerPort: 8080 }]
    volumeMounts: [{ name: data, mountPath: /data }, { name: keys, mountPath: /keys, readOnly: true }]
    resources: { limits: { cpu: 500m, memory: 64Mi } }
  volumes:
  - { name: data, persistent: { size: 1Gi } }
  - { name: keys, secret: { secretName: db } }
---
kind: Secret
metadata: { name: db }
stringData: { password: hunter2 }
`;
const upstream = `
containers:
- name: web
  image: { url: "localhost:5000/web:1" }
  entrypoint: [/bin/httpd]
  command: [-f]
  env: { MODE: fast }
  ports: [{ containerPort: 8080, servicePort: 80, hostHttpHost: books.example }]
  volumes: [{ name: data, mountPath: /data }, { name: cfg, mountPath: /cfg }]
  resourceRequests: [{ resource: cpu, amountMillis: 500 }, { resource: memory, amountMebi: 64 }]
volumes:
- { name: data, type: VOLUME_FILESYSTEM, filesystem: { resourceRequests: [{ resource: storage, amountGibi: 1 }] } }
- { name: cfg, type: VOLUME_SECRET, secret: { file: ./cfg.txt } }
`;

test("a Kubernetes pod loads with its own names", async () => {
  const { manifest, secrets } = await loadPodManifest(kubernetes, options);
  expect(manifest.containers[0]).toMatchObject({
    command: ["/bin/httpd"],
    args: ["-f"],
    resources: { cpuMillis: 500, memoryBytes: 64 << 20 },
  });
  expect(manifest.containers[0]!.env[1]).toEqual({ name: "PASSWORD", secret: "db/password" });
  expect(manifest.volumes).toEqual([
    { name: "data", kind: "persistent", sizeBytes: 1 << 30 },
    { name: "keys", kind: "secret", files: [{ path: "password", secret: "db/password" }] },
  ]);
  expect(manifest.ingress).toEqual({ container: "web", port: 8080 });
  expect(new TextDecoder().decode(secrets.get("db/password"))).toBe("hunter2");
  expect(JSON.stringify(manifest)).not.toContain("hunter2");
});

test("upstream's entrypoint and command are Kubernetes' command and args", async () => {
  const { manifest, secrets } = await loadPodManifest(upstream, options);
  expect(manifest.containers[0]).toMatchObject({
    image: "localhost:5000/web:1",
    command: ["/bin/httpd"],
    args: ["-f"],
  });
  expect(manifest.containers[0]!.resources).toEqual({ cpuMillis: 500, memoryBytes: 64 << 20 });
  expect(manifest.ingress).toEqual({ container: "web", port: 8080, host: "books.example" });
  expect(manifest.volumes[1]).toEqual({
    name: "cfg",
    kind: "secret",
    files: [{ path: "cfg.txt", secret: "cfg" }],
  });
  expect(new TextDecoder().decode(secrets.get("cfg"))).toBe("from file");
});

test.each([
  ["    securityContext: { privileged: true }", "spec.containers.0.securityContext"],
  ["    lifecycle: { postStart: { exec: { command: [sh] } } }", "spec.containers.0.lifecycle"],
  ["    livenessProbe: { exec: { command: [sh] } }", "spec.containers.0.livenessProbe"],
  ["    terminationMessagePath: /secret", "spec.containers.0.terminationMessagePath"],
  ["    stdin: true", "spec.containers.0.stdin"],
])("%j is refused by name", async (line, field) => {
  const text = kubernetes.replace("    args: [-f]\n", `    args: [-f]\n${line}\n`);
  await expect(loadPodManifest(text, options)).rejects.toMatchObject({ code: "APOC-5203", field });
});

test.each([
  "hostNetwork: true",
  "hostPID: true",
  "shareProcessNamespace: true",
  "initContainers: []",
  "ephemeralContainers: []",
  "runtimeClassName: kata",
])("pod-wide %j is refused by name", async (line) => {
  const text = kubernetes.replace("spec:\n", `spec:\n  ${line}\n`);
  await expect(loadPodManifest(text, options)).rejects.toMatchObject({
    code: "APOC-5203",
    field: `spec.${line.split(":")[0]}`,
  });
});

test.each([
  ["mountPath: /data }", "mountPath: /data/../etc }", "APOC-5202"],
  ["mountPath: /data }", "mountPath: data }", "APOC-5202"],
  ["name: data, mountPath", "name: nodata, mountPath", "APOC-5202"],
  ["cpu: 500m", "cpu: lots", "APOC-5204"],
  ["name: books", "name: Books_", "APOC-5202"],
  ["key: password", "key: other", "APOC-5206"],
  ["kind: Pod", "kind: [", "APOC-5201"],
])("%j written as %j is refused with %s", async (before, after, code) => {
  await expect(loadPodManifest(kubernetes.replace(before, after), options)).rejects.toMatchObject({ code });
});

test("secrets are sealed for one key and one pod", async () => {
  const pair = (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, [
    "deriveBits",
  ])) as CryptoKeyPair;
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const secrets = new Map([["db/password", new TextEncoder().encode("hunter2")]]);
  const pod = { publisher: zeroAddress, podId: `0x${"01".repeat(32)}` } as const;
  const sealed = await sealSecrets(secrets, pod, spki);
  expect(await openSecrets(sealed, pod, pair.privateKey)).toEqual(secrets);
  for (const other of [
    { ...pod, podId: `0x${"02".repeat(32)}` as const },
    { ...pod, publisher: `0x${"03".repeat(20)}` as const },
  ]) {
    await expect(openSecrets(sealed, other, pair.privateKey)).rejects.toMatchObject({ code: "APOC-5205" });
  }
});
