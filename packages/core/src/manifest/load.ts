import { ApocError } from "@apoc/errors";
import { parseAllDocuments } from "yaml";
import { podErrors } from "../errors.ts";
import { readKubernetesPod } from "./kubernetes-form.ts";
import type { LoadOptions } from "./load-options.ts";
import type { PodManifest, PodSecrets } from "./pod-manifest.ts";
import { secretNames } from "./pod-manifest.ts";
import { validatePodManifest } from "./pod-manifest-schema.ts";
import { readUpstreamPod } from "./upstream-form.ts";

/** A manifest as loaded: what travels in clear, and the secrets that travel sealed. */
export interface LoadedPod {
  readonly manifest: PodManifest;
  readonly secrets: PodSecrets;
}

/**
 * Reads a pod manifest, YAML or JSON. With `kind: Pod` it has Kubernetes' names; with `containers` at the top it has
 * upstream's, whose `entrypoint` and `command` are Kubernetes' `command` and `args`. The translation happens here and
 * nowhere else.
 * @throws MANIFEST_SYNTAX, MANIFEST_FIELD, MANIFEST_UNSUPPORTED, QUANTITY_INVALID, SECRET_MISSING
 */
export async function loadPodManifest(text: string, options: LoadOptions): Promise<LoadedPod> {
  const documents = parseDocuments(text);
  const pods = documents.filter((document) => kindOf(document) === "Pod");
  const { manifest, secrets } =
    pods.length === 0
      ? await readUpstreamPod(only(documents), options)
      : readKubernetesPod(only(pods), documents, options);
  const all = new Map([...secrets, ...(options.secrets ?? [])]);
  const checked = validatePodManifest(manifest);
  for (const name of secretNames(checked)) {
    if (!all.has(name)) {
      throw new ApocError(podErrors.SECRET_MISSING, {
        field: name,
        next: { action: "set-secret", subject: name },
      });
    }
  }
  return { manifest: checked, secrets: new Map(secretNames(checked).map((name) => [name, all.get(name)!])) };
}

function parseDocuments(text: string): unknown[] {
  const documents = parseAllDocuments(text, { schema: "core", uniqueKeys: true });
  if (!Array.isArray(documents))
    throw new ApocError(podErrors.MANIFEST_SYNTAX, { detail: "The manifest is empty" });
  return documents.map((document) => {
    const problem = document.errors[0];
    if (problem !== undefined) throw new ApocError(podErrors.MANIFEST_SYNTAX, { detail: problem.message });
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  });
}

function kindOf(document: unknown): unknown {
  return typeof document === "object" && document !== null
    ? (document as { kind?: unknown }).kind
    : undefined;
}

function only(documents: readonly unknown[]): unknown {
  if (documents.length !== 1) {
    throw new ApocError(podErrors.MANIFEST_FIELD, {
      field: "manifest",
      expected: "one pod",
      actual: `${documents.length} documents`,
    });
  }
  return documents[0];
}
