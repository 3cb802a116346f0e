import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { podErrors } from "../errors.ts";
import type { PodManifest } from "./pod-manifest.ts";

const label = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, "a DNS label of at most 40 characters");
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "a variable name");
const text = z.string().max(32 * 1024);
const path = z
  .string()
  .max(256)
  // Engines take commas and colons for separators of mount options.
  // Control characters by their numbers: the pattern goes into the OpenAPI document, and others know no \p{Cc}.
  // oxlint-disable-next-line no-control-regex
  .regex(/^(\/[^/\u0000-\u001f\u007f-\u009f:,]+)+$/u, "a normalised absolute path")
  .refine((p) => !p.split("/").some((part) => part === "." || part === ".."), "a path without . and ..");
const fileName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,128}$/)
  .refine((n) => n !== "." && n !== "..", "a file name");
const secretName = z.string().regex(/^[A-Za-z0-9._/-]{1,200}$/, "a secret name");
const port = z.int().min(1).max(65_535);

const container = z.strictObject({
  name: label,
  image: z.string().min(1).max(512),
  command: z.array(text).min(1).max(128).optional(),
  args: z.array(text).max(256).optional(),
  workingDir: path.optional(),
  env: z
    .array(
      z.union([
        z.strictObject({ name: variable, value: text }),
        z.strictObject({ name: variable, secret: secretName }),
      ]),
    )
    .max(256),
  ports: z.array(z.strictObject({ name: label.optional(), containerPort: port })).max(32),
  volumeMounts: z.array(z.strictObject({ name: label, mountPath: path, readOnly: z.boolean() })).max(32),
  resources: z.strictObject({
    cpuMillis: z.int().min(10).max(1_000_000),
    memoryBytes: z
      .int()
      .min(6 * 1024 * 1024)
      .max(2 ** 42),
  }),
});

const volume = z.discriminatedUnion("kind", [
  z.strictObject({ name: label, kind: z.literal("empty") }),
  z.strictObject({
    name: label,
    kind: z.literal("persistent"),
    sizeBytes: z
      .int()
      .positive()
      .max(2 ** 45),
  }),
  z.strictObject({
    name: label,
    kind: z.literal("secret"),
    files: z
      .array(z.strictObject({ path: fileName, secret: secretName }))
      .min(1)
      .max(64),
  }),
]);

/** Form of a normalised manifest. {@link validatePodManifest} also checks what its names refer to. */
export const podManifestSchema = z.strictObject({
  version: z.literal(1),
  name: label,
  containers: z.array(container).min(1).max(16),
  volumes: z.array(volume).max(32),
  ingress: z.strictObject({ container: label, port, host: z.string().max(253).optional() }).optional(),
});

/**
 * Checks a normalised manifest, as a provider must do with what it receives: unknown fields are errors, names are
 * unique, and everything that is referred to exists.
 * @throws MANIFEST_FIELD naming the field
 */
export function validatePodManifest(value: unknown): PodManifest {
  const result = podManifestSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw new ApocError(podErrors.MANIFEST_FIELD, {
      field: issue.path.join(".") || "manifest",
      detail: issue.message,
    });
  }
  const manifest = result.data as PodManifest;
  unique(
    manifest.containers.map((c) => c.name),
    "containers",
  );
  unique(
    manifest.volumes.map((v) => v.name),
    "volumes",
  );
  const volumes = new Set(manifest.volumes.map((v) => v.name));
  for (const [index, c] of manifest.containers.entries()) {
    unique(
      c.env.map((v) => v.name),
      `containers.${index}.env`,
    );
    unique(
      c.volumeMounts.map((m) => m.mountPath),
      `containers.${index}.volumeMounts`,
    );
    for (const mount of c.volumeMounts) {
      if (!volumes.has(mount.name))
        fail(`containers.${index}.volumeMounts`, "a volume of the pod", mount.name);
    }
  }
  const { ingress } = manifest;
  if (ingress !== undefined) {
    const target = manifest.containers.find((c) => c.name === ingress.container);
    if (target === undefined) fail("ingress.container", "a container of the pod", ingress.container);
    if (!target!.ports.some((p) => p.containerPort === ingress.port)) {
      fail("ingress.port", `a port of container ${ingress.container}`, String(ingress.port));
    }
  }
  return manifest;
}

function unique(names: readonly string[], field: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) fail(field, "names that differ", `${twice} twice`);
}

function fail(field: string, expected: string, actual: string): never {
  throw new ApocError(podErrors.MANIFEST_FIELD, { field, expected, actual });
}
