import { z } from "zod";
import { readForm } from "./form.ts";
import type { LoadOptions } from "./load-options.ts";
import type { PodContainer, PodManifest, PodVolume } from "./pod-manifest.ts";
import { parseBytes } from "./quantity.ts";

const integer = z.union([z.int(), z.string().regex(/^\d{1,15}$/)]).transform(Number);

const resource = z.strictObject({
  resource: z.string(),
  amount: integer.optional(),
  amountMillis: integer.optional(),
  amountKibi: integer.optional(),
  amountMebi: integer.optional(),
  amountGibi: integer.optional(),
});

const port = z.strictObject({
  name: z.string().optional(),
  containerPort: z.int(),
  servicePort: z.int().optional(),
  hostHttpHost: z.string().optional(),
});

const container = z.strictObject({
  name: z.string(),
  image: z.union([z.string(), z.strictObject({ url: z.string() }).transform(({ url }) => url)]),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  workingDir: z.string().optional(),
  ports: z.array(port).default([]),
  env: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
  volumes: z
    .array(z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().default(false) }))
    .default([]),
  resourceRequests: z.array(resource).default([]),
});

const volume = z.strictObject({
  name: z.string(),
  type: z.enum(["VOLUME_EMPTY", "VOLUME_FILESYSTEM", "VOLUME_SECRET"]).default("VOLUME_EMPTY"),
  accessMode: z.literal("VOLUME_RW_ONE").optional(),
  filesystem: z.strictObject({ resourceRequests: z.array(resource) }).optional(),
  secret: z
    .strictObject({
      file: z.string().optional(),
      contents: z.string().optional(),
      contentsString: z.string().optional(),
    })
    .optional(),
});

const pod = z.strictObject({
  name: z.string().optional(),
  containers: z.array(container),
  volumes: z.array(volume).default([]),
  replicas: z.strictObject({ min: z.literal(1).optional(), max: z.literal(1).optional() }).optional(),
});

/**
 * The manifest of the earlier Apocryph: `entrypoint` is Kubernetes' `command`, `command` is Kubernetes' `args`;
 * `resourceRequests` are what is reserved; a port with `hostHttpHost` is the one the ingress serves.
 */
export async function readUpstreamPod(
  document: unknown,
  options: LoadOptions,
): Promise<{ manifest: unknown; secrets: Map<string, Uint8Array> }> {
  const { name = options.defaultName, containers, volumes } = readForm(pod, document);
  const secrets = new Map<string, Uint8Array>();
  for (const { name: volumeName, type, secret } of volumes) {
    if (type !== "VOLUME_SECRET" || secret === undefined) continue;
    const text = secret.contentsString ?? secret.contents;
    if (text !== undefined) secrets.set(volumeName, new TextEncoder().encode(text));
    else if (secret.file !== undefined) secrets.set(volumeName, await options.readFile(secret.file));
  }
  const secretFiles = new Map(volumes.map((v) => [v.name, v.secret?.file?.split("/").at(-1) ?? "contents"]));
  const serving = containers.find((c) => c.ports.some((p) => p.hostHttpHost !== undefined));
  const served = serving?.ports.find((p) => p.hostHttpHost !== undefined);
  const manifest: PodManifest = {
    version: 1,
    name,
    containers: containers.map(toContainer),
    volumes: volumes.map((v) => toVolume(v, secretFiles.get(v.name)!)),
    ...(serving === undefined
      ? {}
      : { ingress: { container: serving.name, port: served!.containerPort, host: served!.hostHttpHost! } }),
  };
  return { manifest, secrets };
}

function toContainer(c: z.infer<typeof container>): PodContainer {
  const reserved = (name: string) => c.resourceRequests.find((r) => r.resource === name);
  const cpu = reserved("cpu");
  const memory = reserved("memory");
  return {
    name: c.name,
    image: c.image,
    ...(c.entrypoint === undefined ? {} : { command: c.entrypoint }),
    ...(c.command === undefined ? {} : { args: c.command }),
    ...(c.workingDir === undefined ? {} : { workingDir: c.workingDir }),
    env: Object.entries(c.env).map(([name, value]) => ({ name, value })),
    ports: c.ports.map((p) =>
      p.name === undefined
        ? { containerPort: p.containerPort }
        : { name: p.name, containerPort: p.containerPort },
    ),
    volumeMounts: c.volumes,
    resources: {
      cpuMillis: cpu === undefined ? 100 : millis(cpu),
      memoryBytes: memory === undefined ? parseBytes("128Mi", "") : Math.ceil(millis(memory) / 1000),
    },
  };
}

function toVolume(v: z.infer<typeof volume>, file: string): PodVolume {
  if (v.type === "VOLUME_SECRET")
    return { name: v.name, kind: "secret", files: [{ path: file, secret: v.name }] };
  if (v.type === "VOLUME_EMPTY") return { name: v.name, kind: "empty" };
  const storage = v.filesystem?.resourceRequests.find((r) => r.resource === "storage");
  return {
    name: v.name,
    kind: "persistent",
    sizeBytes: storage === undefined ? 1 << 30 : Math.ceil(millis(storage) / 1000),
  };
}

function millis(r: z.infer<typeof resource>): number {
  if (r.amountMillis !== undefined) return r.amountMillis;
  const units = [r.amount, r.amountKibi, r.amountMebi, r.amountGibi];
  const index = units.findIndex((unit) => unit !== undefined);
  return index < 0 ? 0 : units[index]! * 1024 ** index * 1000;
}
