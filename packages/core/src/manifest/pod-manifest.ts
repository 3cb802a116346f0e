/**
 * The normalised pod manifest: Kubernetes' names, defaults filled in, quantities as integers. It is what travels to
 * the provider (docs/spec/admission.md) and what admission looks at; secrets travel apart, sealed.
 */
export interface PodManifest {
  readonly version: 1;
  /** DNS label; unique among a publisher's pods. */
  readonly name: string;
  readonly containers: readonly PodContainer[];
  readonly volumes: readonly PodVolume[];
  /** The one port that the provider's ingress serves, if any. */
  readonly ingress?: { readonly container: string; readonly port: number; readonly host?: string };
}

export interface PodContainer {
  readonly name: string;
  /** `registry/repository@sha256:…` once pinned. */
  readonly image: string;
  /** Replaces the image's Entrypoint (Kubernetes `command`). */
  readonly command?: readonly string[];
  /** Replaces the image's Cmd (Kubernetes `args`). */
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly env: readonly EnvVariable[];
  readonly ports: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly: boolean;
  }[];
  /** Reserved, and the limit: what the provider meters. */
  readonly resources: { readonly cpuMillis: number; readonly memoryBytes: number };
}

/** A variable with its value in the manifest, or one whose value is a secret. */
export type EnvVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly secret: string };

export type PodVolume =
  | { readonly name: string; readonly kind: "empty" }
  | { readonly name: string; readonly kind: "persistent"; readonly sizeBytes: number }
  /** A directory with one file per entry; the contents are secrets of these names. */
  | {
      readonly name: string;
      readonly kind: "secret";
      readonly files: readonly { readonly path: string; readonly secret: string }[];
    };

/** Secret name to content. Never in the manifest; sealed to the provider's attested key. */
export type PodSecrets = ReadonlyMap<string, Uint8Array>;

/** Names of all secrets that a manifest needs. */
export function secretNames(manifest: PodManifest): string[] {
  const fromEnv = manifest.containers.flatMap((c) => c.env.flatMap((v) => ("secret" in v ? [v.secret] : [])));
  const fromVolumes = manifest.volumes.flatMap((v) =>
    v.kind === "secret" ? v.files.map((f) => f.secret) : [],
  );
  return [...new Set([...fromEnv, ...fromVolumes])].sort();
}
