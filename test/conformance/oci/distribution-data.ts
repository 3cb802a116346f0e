import { gzipSync } from "node:zlib";
import { type Algorithm, digestOf, freshBlob } from "./distribution-session.ts";

const image = "application/vnd.oci.image.manifest.v1+json";
const index = "application/vnd.oci.image.index.v1+json";
const gzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip";
const empty = "application/vnd.oci.empty.v1+json";
const [exampleOne, exampleTwo] = ["application/vnd.example.one", "application/vnd.example.two"];

export interface DataDescriptor {
  mediaType: string;
  digest: string;
  size: number;
  [member: string]: unknown;
}

/** A manifest or index of a data set. */
export interface DataDocument {
  readonly bytes: Uint8Array;
  readonly descriptor: DataDescriptor;
  readonly tag?: string;
  readonly subject?: string;
  /** How a list of referrers shows it. */
  readonly entry: DataDescriptor;
}

export interface ImageOptions {
  tag?: string;
  layers?: number;
  plain?: boolean;
  config?: string;
  layerType?: string;
  layerExtra?: (descriptor: DataDescriptor, bytes: Uint8Array) => object;
  members?: Record<string, unknown>;
  subject?: DataDescriptor;
}

/** Content of one kind: its blobs, and its documents in the order in which they may be pushed. */
export class DataSet {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly blobs = new Map<string, Uint8Array>();
  readonly documents: DataDocument[] = [];

  constructor(name: string, algorithm: Algorithm = "sha256") {
    this.name = name;
    this.algorithm = algorithm;
  }

  blob(mediaType: string, bytes: Uint8Array): DataDescriptor {
    const digest = digestOf(bytes, this.algorithm);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  image(options: ImageOptions = {}): DataDescriptor {
    const { tag, layers = 2, plain = false, members = {}, subject, layerExtra } = options;
    const layerType = options.layerType ?? (plain ? gzipLayer.replace("+gzip", "") : gzipLayer);
    const described = Array.from({ length: layers }, () => {
      const { bytes } = freshBlob(300);
      const content = plain ? bytes : gzipSync(bytes);
      const descriptor = this.blob(layerType, content);
      return { ...descriptor, ...layerExtra?.(descriptor, content) };
    });
    const configType = options.config ?? "application/vnd.oci.image.config.v1+json";
    const text =
      configType === empty
        ? "{}"
        : JSON.stringify({
            architecture: "amd64",
            os: "linux",
            author: freshBlob(8).digest,
            rootfs: { type: "layers", diff_ids: described.map(({ digest }) => digest) },
            ...(members["org.example.extra"] === undefined ? {} : { "org.example.extra": 1 }),
          });
    const configBytes = Buffer.from(text);
    const config = this.blob(configType, configBytes);
    return this.document(
      image,
      { config: { ...config, ...layerExtra?.(config, configBytes) }, layers: described, ...members },
      tag,
      subject,
    );
  }

  index(manifests: object[], tag?: string, members: object = {}, subject?: DataDescriptor): DataDescriptor {
    return this.document(index, { manifests, ...members }, tag, subject);
  }

  document(mediaType: string, members: object, tag?: string, subject?: DataDescriptor): DataDescriptor {
    const document: Record<string, unknown> = {
      schemaVersion: 2,
      mediaType,
      ...members,
      ...(subject === undefined ? {} : { subject }),
    };
    const bytes = Buffer.from(JSON.stringify(document));
    const descriptor = { mediaType, digest: digestOf(bytes, this.algorithm), size: bytes.length };
    const config = document["config"] as DataDescriptor | undefined;
    const artifactType = document["artifactType"] ?? config?.mediaType;
    const entry: DataDescriptor = {
      ...descriptor,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(document["annotations"] === undefined ? {} : { annotations: document["annotations"] }),
    };
    this.documents.push({
      bytes,
      descriptor,
      entry,
      ...(tag === undefined ? {} : { tag }),
      ...(subject === undefined ? {} : { subject: subject.digest }),
    });
    return descriptor;
  }
}

const platforms = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64" },
];

function twoPlatforms(set: DataSet, tag?: string, members: Record<string, unknown> = {}): DataDescriptor {
  const manifests = platforms.map((platform) => ({ ...set.image({ members }), platform }));
  return set.index(manifests, tag, members);
}

function artifact(artifactType: string, tag?: string, subject?: DataDescriptor): ImageOptions {
  return {
    config: empty,
    layers: 1,
    layerType: artifactType,
    members: { artifactType, annotations: { "org.example.note": freshBlob(4).digest } },
    ...(tag === undefined ? {} : { tag }),
    ...(subject === undefined ? {} : { subject }),
  };
}

const makers: Readonly<Record<string, (set: DataSet) => void>> = {
  image: (set) => void set.image({ tag: "image" }),
  "uncompressed image": (set) => void set.image({ tag: "uncompressed", plain: true }),
  "large manifest": (set) => {
    const annotations = Object.fromEntries(
      Array.from({ length: 4000 }, (_, i) => [`org.example.a${i}`, "x".repeat(500)]),
    );
    set.image({ tag: "large", members: { annotations } });
  },
  index: (set) => void twoPlatforms(set, "index"),
  "nested index": (set) => void set.index([twoPlatforms(set), twoPlatforms(set)], "nested"),
  "empty index": (set) => void set.index([], "empty-index"),
  artifact: (set) => void set.image(artifact(exampleOne, "artifact")),
  "artifact index": (set) => {
    const parts = [set.image(artifact(exampleOne)), set.image(artifact(exampleTwo))];
    set.index(parts, "artifact-index", { artifactType: exampleOne });
  },
  "artifact without layers": (set) => {
    set.image({ ...artifact(exampleOne, "no-layer-artifact"), layers: 0 });
  },
  "artifacts with subject": (set) => {
    const subject = set.image({ tag: "subject" });
    set.image({ subject });
    set.image(artifact(exampleOne, "tagged-artifact-1", subject));
    set.image(artifact(exampleTwo, "tagged-artifact-2", subject));
  },
  "index with subject": (set) => {
    const subject = twoPlatforms(set, "subject-index");
    const members = { artifactType: exampleOne, annotations: { "org.example.note": "an index" } };
    set.index([set.image(artifact(exampleOne))], "index-artifact", members, subject);
  },
  "missing subject": (set) => {
    const digest = digestOf(Buffer.from(freshBlob(8).digest), set.algorithm);
    set.image(artifact(exampleOne, "artifact-of-nothing", { mediaType: image, digest, size: 123 }));
  },
  "embedded data": (set) => {
    const layerExtra = (_: DataDescriptor, bytes: Uint8Array) => ({
      data: Buffer.from(bytes).toString("base64"),
    });
    set.image({ tag: "data", layerExtra });
  },
  "non-distributable layers": (set) => {
    const { digest } = freshBlob(64);
    const layer = {
      mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
      digest,
      size: 123_456,
      urls: [`https://store.example.com/${digest}`],
    };
    const config = set.blob("application/vnd.oci.image.config.v1+json", Buffer.from('{"os":"linux"}'));
    const normal = set.blob(gzipLayer, gzipSync(freshBlob(100).bytes));
    set.document(image, { config, layers: [layer, normal] }, "foreign");
  },
  "unknown members": (set) => {
    twoPlatforms(set, "unknown-members", { "org.example.extra": { a: [1.5, "b"] } });
  },
  "no layers": (set) => void set.image({ tag: "no-layers", layers: 0 }),
  "sparse index": (set) => {
    const absent = { mediaType: image, digest: freshBlob(32).digest, size: 500, platform: platforms[1] };
    set.index([{ ...set.image(), platform: platforms[0] }, absent], "sparse");
  },
};

/** Fresh content of every kind that the specification's own tests push. */
export function dataSets(): DataSet[] {
  const sets = Object.entries(makers).map(([name, make]) => {
    const set = new DataSet(name);
    make(set);
    return set;
  });
  const long = new DataSet("image of sha512", "sha512");
  long.image();
  return [...sets, long];
}
