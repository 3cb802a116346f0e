import { ApocError } from "@apoc/errors";
import { ociErrors } from "./errors.ts";

/** Members that engines read of each kind of object (image-spec; `Healthcheck` and below are Docker's). */
const members = {
  manifest: ["schemaVersion", "mediaType", "artifactType", "config", "layers", "subject", "annotations"],
  index: ["schemaVersion", "mediaType", "artifactType", "manifests", "subject", "annotations"],
  descriptor: ["mediaType", "digest", "size", "urls", "annotations", "data", "artifactType", "platform"],
  platform: ["architecture", "os", "os.version", "os.features", "variant"],
  "image config": [
    "architecture",
    "os",
    "os.version",
    "os.features",
    "variant",
    "config",
    "rootfs",
    "history",
    "created",
    "author",
    "container_config",
  ],
  rootfs: ["type", "diff_ids"],
  execution: [
    "User",
    "ExposedPorts",
    "Env",
    "Entrypoint",
    "Cmd",
    "Volumes",
    "WorkingDir",
    "Labels",
    "StopSignal",
    "Healthcheck",
    "Shell",
    "OnBuild",
    "ArgsEscaped",
  ],
} as const;

/**
 * Refuses members that differ from a known one in case only. Engines are written in Go, which takes such a member for
 * the known one, the last of several deciding; so `{"rootfs": …, "RootFS": …}` is one image here and another one in the
 * engine: with diffIDs of somebody else's layers it would be given those. Maps of free names (labels, annotations,
 * volumes) are not to be checked by this, since Go keeps their case.
 * @throws DOCUMENT_INVALID
 */
export function refuseMisspelledMembers(
  object: Record<string, unknown>,
  kind: keyof typeof members,
  field: string,
): void {
  const known: readonly string[] = members[kind];
  for (const name of Object.keys(object)) {
    if (known.includes(name)) continue;
    const folded = fold(name);
    const meant = known.find((member) => fold(member) === folded);
    if (meant === undefined) continue;
    throw new ApocError(ociErrors.DOCUMENT_INVALID, {
      field: `${field}.${meant}`,
      expected: meant,
      actual: JSON.stringify(name).slice(0, 160),
    });
  }
}

/** At least as coarse as Go's folding (`encoding/json`, foldName): U+017F is an s there, U+212A a k. */
function fold(name: string): string {
  return name.toUpperCase().toLowerCase();
}
