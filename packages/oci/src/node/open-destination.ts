import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { parseReference } from "../reference.ts";
import { RemoteRepository } from "../remote/remote-repository.ts";
import type { Target } from "../target.ts";
import { createArchive } from "./archive-writer.ts";
import { dockerCredentials } from "./docker-credentials.ts";
import { openLayout } from "./layout.ts";
import type { OpenSourceOptions } from "./open-source.ts";

/** A place for an image that a user named. One of `finish` and `discard` ends the work with it. */
export interface OpenedDestination {
  readonly target: Target;
  /** Tag that the image is to get there, when one was named. */
  readonly tag: string | undefined;
  readonly transport: "oci" | "oci-archive" | "docker-archive" | "docker";
  /** Completes what is written in one piece, such as an archive. */
  finish(): Promise<void>;
  /** Undoes what is not complete. */
  discard(): Promise<void>;
}

const nothing = async () => {};

/**
 * Understands the name of a destination as skopeo does: `oci:DIR[:TAG]`, made when it is not there;
 * `oci-archive:FILE[:TAG]` and `docker-archive:FILE[:REFERENCE]`, written anew; `docker://REFERENCE`. The transport
 * must be named: a destination is never guessed.
 * @throws SOURCE_UNKNOWN, REFERENCE_INVALID, REGISTRY_MISSING, LAYOUT_INVALID
 */
export async function openDestination(
  text: string,
  options: OpenSourceOptions & { cwd?: string } = {},
): Promise<OpenedDestination> {
  const [, transport, rest = ""] = /^(oci|oci-archive|docker-archive):(.+)$/s.exec(text) ?? [];
  if (transport !== undefined) {
    const colon = rest.indexOf(":");
    const path = resolve(options.cwd ?? ".", colon < 0 ? rest : rest.slice(0, colon));
    const tag = colon < 0 ? undefined : rest.slice(colon + 1);
    if (transport === "oci") {
      const target = await openLayout(path, { create: true });
      return { target, tag, transport, finish: nothing, discard: nothing };
    }
    const archive = await createArchive(path, transport === "oci-archive" ? "oci" : "docker");
    return {
      target: archive,
      tag,
      transport: transport as OpenedDestination["transport"],
      finish: () => archive.finish(),
      discard: () => archive.discard(),
    };
  }
  if (!text.startsWith("docker://")) {
    throw new ApocError(ociErrors.SOURCE_UNKNOWN, {
      field: text,
      expected:
        "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:REFERENCE], or docker://REFERENCE",
    });
  }
  const reference = parseReference(text.slice("docker://".length));
  if (reference.digest !== undefined) {
    throw new ApocError(ociErrors.REFERENCE_INVALID, {
      field: text,
      expected: "registry/repository[:tag]; the digest is the result",
      actual: reference.digest,
    });
  }
  const target = new RemoteRepository({
    ...options,
    reference,
    credentials: options.credentials ?? dockerCredentials(),
  });
  return { target, tag: reference.tag ?? "latest", transport: "docker", finish: nothing, discard: nothing };
}
