import type { Digest, Fetcher, ImageConfig, Manifest } from "@apoc/oci";
import type { LayerKey } from "ocicrypt-js";

/**
 * An image that admission let in, as it was published, with what opens it. A runtime decrypts at the place where the
 * image will run, which need not be this machine; there are no decrypted bytes to be had here.
 */
export interface AdmittedImage {
  /** D: digest of the platform manifest. */
  readonly digest: Digest;
  readonly manifest: Manifest;
  /** The parsed config of `manifest.config`. */
  readonly config: ImageConfig;
  /** Where the blobs are read from, verified while they are read: ciphertext where the image is licensed. */
  readonly blobs: Fetcher;
  /** What opens each layer, in order. Absent for an image that is not encrypted. */
  readonly layerKeys?: readonly LayerKey[];
}

/** A directory that containers of one pod can mount. */
export type PodVolume =
  /** Starts empty; lives as long as the pod's generation. Any user of the pod may write to it. */
  | { readonly name: string; readonly kind: "empty" }
  /** Lives until the pod is removed, over updates and restarts. Any user of the pod may write to it. */
  | { readonly name: string; readonly kind: "persistent"; readonly sizeBytes: number }
  /** Files that never reach a disk where the place has memory for them; always read-only, gone with the containers. */
  | { readonly name: string; readonly kind: "secret"; readonly files: readonly SecretFile[] };

export interface SecretFile {
  /** Name within the volume, without folders. */
  readonly path: string;
  readonly content: Uint8Array;
}

export interface VolumeMount {
  /** Name of a volume of the pod. */
  readonly volume: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
}

/**
 * What a runtime is asked to run. It has no field for what is never allowed: no privileges, capabilities, host paths,
 * host namespaces, devices, exec, hooks, shared processes or sockets of the engine.
 */
export interface DesiredContainer {
  readonly name: string;
  readonly image: AdmittedImage;
  /** Replaces the image's Entrypoint; refused for encrypted images. */
  readonly command?: readonly string[];
  /** Replaces the image's Cmd. */
  readonly args?: readonly string[];
  /** Replaces the image's WorkingDir; refused for encrypted images. */
  readonly workingDir?: string;
  /** Added to the image's Env; a later entry wins. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly VolumeMount[];
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

export interface DesiredPod {
  /** Channel id, 0x-prefixed lower-case hex of 32 bytes. */
  readonly podId: string;
  /** Grows with every change of the manifest; containers of an older generation are replaced. */
  readonly generation: number;
  /** TCP ports that the ingress will reach. */
  readonly ports: readonly number[];
  readonly volumes: readonly PodVolume[];
  readonly containers: readonly DesiredContainer[];
}
