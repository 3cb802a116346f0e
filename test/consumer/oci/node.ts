/** A program of somebody who installed @apoc/oci, for Node: layouts, archives and docker's credentials. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copy, type CredentialSource, mediaTypes, sha256Digest } from "@apoc/oci";
import {
  type Archive,
  dockerCredentials,
  type Layout,
  layerCompression,
  openArchive,
  openLayout,
  openSource,
} from "@apoc/oci/node";

const directory = await mkdtemp(join(tmpdir(), "apoc-consumer-"));
try {
  const layout: Layout = await openLayout(join(directory, "layout"), { create: true });
  const config = Buffer.from("{}");
  const part = { mediaType: mediaTypes.empty, digest: sha256Digest(config), size: config.length };
  await layout.push(part, config);
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.manifest, config: part, layers: [part] }),
  );
  const root = { mediaType: mediaTypes.manifest, digest: sha256Digest(bytes), size: bytes.length };
  await layout.push(root, bytes);
  await layout.tag(root, "v1");
  const { source, reference } = await openSource(`oci:${layout.directory}:v1`);
  const again = await openLayout(join(directory, "again"), { create: true });
  if ((await copy(source, reference, again, { tags: ["v1"] })).copied !== 2) throw new Error("two pieces");
  const archive: Promise<Archive> = openArchive(join(directory, "absent.tar"));
  await archive.then(
    () => Promise.reject(new Error("an archive that is not there")),
    () => undefined,
  );
  const credentials: CredentialSource = dockerCredentials({ HOME: directory });
  if ((await credentials("registry.example")) !== undefined) throw new Error("credentials of nobody");
  if (layerCompression(mediaTypes.layerGzip) !== "gzip") throw new Error("gzip");
} finally {
  await rm(directory, { recursive: true, force: true });
}
