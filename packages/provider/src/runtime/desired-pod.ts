import type { Digest, Fetcher, ImageConfig, Manifest } from "@apoc/oci";
import type { LayerKey } from "ocicrypt-js";

/**
 * An admitted image as it was published, with the keys of its layers. The runtime decrypts it where it will run, which
 * need not be this machine; this type gives no access to decrypted bytes.
 */
export interface AdmittedImage {
  /** D: digest of the platform manifest. */
  readonly digest: Digest;
  readonly manifest: Manifest;
  /** The parsed config of `manifest.config`. */
  readonly config: ImageConfig;
  /** Reads the blobs and verifies them. Layers of a licensed image are ciphertext. */
  readonly blobs: Fetcher;
  /** Key of each layer, in order. Absent for an image that is not encrypted. */
  readonly layerKeys?: readonly LayerKey[];
}

/** A directory that containers of one pod can mount. */
export type PodVolume =
  /** Starts empty and lasts as long as the pod's generation. Every user in the pod may write to it. */
  | { readonly name: string; readonly kind: "empty" }
  /** Survives updates and restarts until the pod is removed. Every user in the pod may write to it. */
  | { readonly name: string; readonly kind: "persistent"; readonly sizeBytes: number }
  /** Files kept in memory where the runtime can; always mounted read-only, removed with the containers. */
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
  /** TCP ports that the ingress connects to. */
  readonly ports: readonly number[];
  readonly volumes: readonly PodVolume[];
  readonly containers: readonly DesiredContainer[];
}
