import { decodeBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { podErrors } from "../errors.ts";
import { readForm } from "./form.ts";
import type { PodContainer, PodManifest, PodVolume } from "./pod-manifest.ts";
import { parseBytes, parseCpu } from "./quantity.ts";

/** Annotation by which a pod asks for a host name at the ingress. */
const ingressHost = "network.apocryph.ingress/host";

const quantity = z.union([z.string(), z.number()]);
const resources = z.strictObject({ cpu: quantity.optional(), memory: quantity.optional() });

const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  imagePullPolicy: z.string().optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  workingDir: z.string().optional(),
  env: z
    .array(
      z.union([
        z.strictObject({
          name: z.string(),
          value: z.union([z.string(), z.number(), z.boolean()]).transform(String),
        }),
        z.strictObject({
          name: z.string(),
          valueFrom: z.strictObject({ secretKeyRef: z.strictObject({ name: z.string(), key: z.string() }) }),
        }),
      ]),
    )
    .default([]),
  ports: z
    .array(
      z.strictObject({
        name: z.string().optional(),
        containerPort: z.number(),
        protocol: z.literal("TCP").optional(),
      }),
    )
    .default([]),
  volumeMounts: z
    .array(z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().default(false) }))
    .default([]),
  resources: z.strictObject({ limits: resources.optional(), requests: resources.optional() }).default({}),
});

const volume = z.strictObject({
  name: z.string(),
  emptyDir: z.strictObject({}).optional(),
  persistent: z.strictObject({ size: quantity }).optional(),
  secret: z
    .strictObject({
      secretName: z.string(),
      items: z.array(z.strictObject({ key: z.string(), path: z.string() })).optional(),
    })
    .optional(),
});

const pod = z.strictObject({
  apiVersion: z.literal("v1").optional(),
  kind: z.literal("Pod"),
  metadata: z
    .strictObject({
      name: z.string().optional(),
      annotations: z.strictObject({ [ingressHost]: z.string().optional() }).optional(),
    })
    .optional(),
  spec: z.strictObject({
    restartPolicy: z.literal("Always").optional(),
    containers: z.array(container),
    volumes: z.array(volume).default([]),
  }),
});

const secret = z.strictObject({
  apiVersion: z.literal("v1").optional(),
  kind: z.literal("Secret"),
  type: z.string().optional(),
  metadata: z.strictObject({ name: z.string() }),
  stringData: z.record(z.string(), z.string()).default({}),
  data: z.record(z.string(), z.string()).default({}),
});

/**
 * A Kubernetes Pod, with `persistent: {size}` as a further volume source, and Secret documents beside it in the same
 * file. Limits are what is reserved; where a container names none, its requests, else 100m and 128Mi. The port named
 * `http` is the one the ingress serves.
 */
export function readKubernetesPod(
  podDocument: unknown,
  documents: readonly unknown[],
  { defaultName }: { defaultName: string },
): { manifest: unknown; secrets: Map<string, Uint8Array> } {
  const { metadata, spec } = readForm(pod, podDocument);
  const secrets = readSecrets(documents.filter((document) => document !== podDocument));
  const keysOf = (name: string) =>
    [...secrets.keys()].filter((key) => key.startsWith(`${name}/`)).map((key) => key.slice(name.length + 1));
  const serving = spec.containers.find((c) => c.ports.some((port) => port.name === "http"));
  const host = metadata?.annotations?.[ingressHost];
  const manifest: PodManifest = {
    version: 1,
    name: metadata?.name ?? defaultName,
    containers: spec.containers.map(toContainer),
    volumes: spec.volumes.map((v) => toVolume(v, keysOf)),
    ...(serving === undefined
      ? {}
      : {
          ingress: {
            container: serving.name,
            port: serving.ports.find((port) => port.name === "http")!.containerPort,
            ...(host === undefined ? {} : { host }),
          },
        }),
  };
  return { manifest, secrets };
}

function toContainer(c: z.infer<typeof container>): PodContainer {
  const { limits = {}, requests = {} } = c.resources;
  return {
    name: c.name,
    image: c.image,
    ...(c.command === undefined ? {} : { command: c.command }),
    ...(c.args === undefined ? {} : { args: c.args }),
    ...(c.workingDir === undefined ? {} : { workingDir: c.workingDir }),
    env: c.env.map((v) =>
      "value" in v
        ? v
        : { name: v.name, secret: `${v.valueFrom.secretKeyRef.name}/${v.valueFrom.secretKeyRef.key}` },
    ),
    ports: c.ports.map(({ name, containerPort }) =>
      name === undefined ? { containerPort } : { name, containerPort },
    ),
    volumeMounts: c.volumeMounts,
    resources: {
      cpuMillis: parseCpu(limits.cpu ?? requests.cpu ?? "100m", `containers.${c.name}.resources.limits.cpu`),
      memoryBytes: parseBytes(
        limits.memory ?? requests.memory ?? "128Mi",
        `containers.${c.name}.resources.limits.memory`,
      ),
    },
  };
}

function toVolume(v: z.infer<typeof volume>, keysOf: (secretName: string) => string[]): PodVolume {
  if (v.persistent !== undefined) {
    return {
      name: v.name,
      kind: "persistent",
      sizeBytes: parseBytes(v.persistent.size, `volumes.${v.name}.persistent.size`),
    };
  }
  if (v.secret !== undefined) {
    const { secretName, items } = v.secret;
    const files = items ?? keysOf(secretName).map((key) => ({ key, path: key }));
    return {
      name: v.name,
      kind: "secret",
      files: files.map(({ key, path }) => ({ path, secret: `${secretName}/${key}` })),
    };
  }
  return { name: v.name, kind: "empty" };
}

function readSecrets(documents: readonly unknown[]): Map<string, Uint8Array> {
  const secrets = new Map<string, Uint8Array>();
  for (const document of documents) {
    const { metadata, stringData, data } = readForm(secret, document);
    for (const [key, value] of Object.entries(data)) {
      const bytes = decodeBase64(value);
      if (bytes === undefined) {
        throw new ApocError(podErrors.MANIFEST_FIELD, {
          field: `Secret ${metadata.name}: data.${key}`,
          expected: "base64 with padding",
        });
      }
      secrets.set(`${metadata.name}/${key}`, bytes);
    }
    for (const [key, value] of Object.entries(stringData)) {
      secrets.set(`${metadata.name}/${key}`, new TextEncoder().encode(value));
    }
  }
  return secrets;
}
