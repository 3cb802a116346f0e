import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { licenseAnnotation } from "@apoc/core";
import {
  type Descriptor,
  type Digest,
  encodeCanonicalJson,
  type Manifest,
  mediaTypes,
  parseImageConfig,
  parseManifest,
  readAll,
  RemoteRepository,
  sha256Digest,
} from "@apoc/oci";

/** The same encrypted layers under a manifest without the license. */
export async function copyWithout(victim: string): Promise<string> {
  const { repository, manifest } = await open(victim);
  const { [licenseAnnotation]: _license, ...annotations } = manifest.annotations ?? {};
  return put(repository, victim, { ...manifest, annotations }, "unlicensed");
}

/**
 * The attacker's own registry: it offers an unencrypted image whose config names the victim's diffIDs, which the victim's
 * config shows to everybody, over layers of the attacker's. An engine would look into its store for such layers.
 */
export async function serveStolen(victim: string): Promise<{ reference: string; close(): Promise<void> }> {
  const { repository, manifest } = await open(victim);
  const config = await readAll(repository, manifest.config);
  const own = new Uint8Array(1024);
  const layer: Descriptor = { mediaType: mediaTypes.layerTar, digest: sha256Digest(own), size: own.length };
  const layers = parseImageConfig(config).rootfs.diff_ids.map(() => layer);
  const stolen = encodeCanonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: manifest.config,
    layers,
  });
  const digest = sha256Digest(stolen);
  const server = createServer((request, response) => {
    const [type, body] = request.url?.endsWith(digest)
      ? [mediaTypes.manifest, stolen]
      : request.url?.endsWith(manifest.config.digest)
        ? ["application/octet-stream", config]
        : request.url?.endsWith(layer.digest)
          ? ["application/octet-stream", own]
          : [undefined, undefined];
    if (body === undefined) return response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": type,
      "content-length": body.length,
      "docker-content-digest": request.url!.split("/").at(-1)!,
    });
    return response.end(request.method === "HEAD" ? undefined : body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    reference: `127.0.0.1:${(server.address() as AddressInfo).port}/thief/web@${digest}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function open(reference: string): Promise<{ repository: RemoteRepository; manifest: Manifest }> {
  const repository = new RemoteRepository({ reference });
  const digest = reference.slice(reference.indexOf("@") + 1) as Digest;
  return { repository, manifest: parseManifest(await readAll(repository, await repository.resolve(digest))) };
}

async function put(
  repository: RemoteRepository,
  reference: string,
  manifest: Manifest,
  tag: string,
): Promise<string> {
  const bytes = encodeCanonicalJson(manifest);
  const descriptor = { mediaType: mediaTypes.manifest, digest: sha256Digest(bytes), size: bytes.length };
  await repository.push(descriptor, bytes);
  await repository.tag(descriptor, tag);
  const name = reference.includes("@")
    ? reference.slice(0, reference.indexOf("@"))
    : reference.slice(0, reference.lastIndexOf(":"));
  return `${name}@${descriptor.digest}`;
}
