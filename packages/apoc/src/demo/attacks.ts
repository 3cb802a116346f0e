import { gzipSync } from "node:zlib";
import { layerTar } from "@apoc/devnet/images";
import {
  type ChannelTerms,
  completeHeader,
  encodePodRequest,
  grantTag,
  loadPodManifest,
  type PodManifest,
  ProviderClient,
  signRequest,
  walletRequests,
} from "@apoc/core";
import { isApocError, type ApocError } from "@apoc/errors";
import {
  encodeCanonicalJson,
  type Descriptor,
  type Digest,
  mediaTypes,
  parseImageConfig,
  parseManifest,
  readAll,
  RemoteRepository,
  sha256Digest,
} from "@apoc/oci";
import { pinnedConnection } from "@apoc/client/node";
import { encryptLayer, generateImageKey } from "ocicrypt-js";
import { createPublicClient, http, type LocalAccount, zeroAddress } from "viem";
import type { Stage } from "./stage.ts";

/**
 * Attack 1: an image that is the developer's with one more layer on top, which would print the secret. The attacker
 * encrypts its layer like the others, keeps the developer's license, and puts the provider's genuine grant beside it.
 * Returns the reference of the forged image.
 */
export async function forgeExtraLayer(victim: string, providerKeyId: string): Promise<string> {
  const repository = new RemoteRepository({ reference: victim });
  const digest = victim.slice(victim.indexOf("@") + 1) as Digest;
  const original = await repository.resolve(digest);
  const manifest = parseManifest(await readAll(repository, original));
  const config = parseImageConfig(await readAll(repository, manifest.config));
  const tar = await layerTar([
    { path: "/app/cgi-bin/leak", mode: 0o555, content: "#!/bin/busybox sh\n/bin/busybox cat /app/secret\n" },
  ]);
  const plain = gzipSync(tar);
  const encryption = encryptLayer(
    { mediaType: mediaTypes.layerGzip, digest: sha256Digest(plain) },
    chunks(plain),
    {
      recipients: [(await generateImageKey()).publicJwk],
    },
  );
  const ciphertext = Buffer.concat(await Array.fromAsync(encryption.content));
  const layer = encryption.result() as Descriptor;
  const newConfig = encodeCanonicalJson({
    ...config,
    rootfs: { type: "layers", diff_ids: [...config.rootfs.diff_ids, sha256Digest(tar)] },
  });
  const configDescriptor = {
    mediaType: mediaTypes.config,
    digest: sha256Digest(newConfig),
    size: newConfig.length,
  };
  const forged = encodeCanonicalJson({
    ...manifest,
    config: configDescriptor,
    layers: [...manifest.layers, layer],
  });
  const descriptor = { mediaType: mediaTypes.manifest, digest: sha256Digest(forged), size: forged.length };
  await repository.push(layer, ciphertext);
  await repository.push(configDescriptor, newConfig);
  await repository.push(descriptor, forged);
  await repository.tag(descriptor, "forged");
  const grant = await repository.resolve(grantTag(digest, providerKeyId));
  await repository.tag(grant, grantTag(descriptor.digest, providerKeyId));
  return `${victim.slice(0, victim.indexOf("@"))}@${descriptor.digest}`;
}

/**
 * Attack 3: a modified client opens a channel that pays the provider but leaves the developers out, and asks the
 * provider to run the pod on it. Returns the refusal.
 */
export async function leaveDeveloperOut(
  stage: Stage,
  manifestText: string,
  publisher: LocalAccount,
): Promise<ApocError> {
  const { fetch } = pinnedConnection();
  const client = new ProviderClient(stage.provider.url, { fetch });
  const info = await client.info();
  const { manifest } = await loadPodManifest(manifestText, {
    defaultName: "books",
    readFile: () => Promise.reject(new Error("no files")),
  });
  const pinned = await pin(manifest);
  const header = completeHeader(
    {
      publisher: publisher.address,
      provider: info.provider,
      token: stage.contracts.token,
      podId: `0x${"0f".repeat(32)}`,
      meter: zeroAddress,
      grace: 3600,
      acceptBy: Math.floor(Date.now() / 1000) + 600,
      maxExecRate: 1n << 60n,
      execBurst: 0n,
    },
    [],
  );
  const terms: ChannelTerms = { header, payees: [] };
  const body = encodePodRequest({ version: 2, channel: terms, manifest: pinned, grants: [] });
  const block = await createPublicClient({ transport: http(stage.chain.url) }).getBlock();
  const authorization = await signRequest(
    {
      action: "deploy",
      pod: header,
      provider: info.provider,
      body,
      block: { number: block.number, hash: block.hash },
      chainId: info.chainId,
      contract: info.contract,
      now: Math.floor(Date.now() / 1000),
    },
    walletRequests(publisher),
  );
  try {
    await client.putPod(header, body, authorization);
  } catch (error) {
    if (isApocError(error)) return error;
    throw error;
  }
  throw new Error("the provider took the pod");
}

/** Pins every image by the digest that its tag has now. */
async function pin(manifest: PodManifest): Promise<PodManifest> {
  const containers = await Promise.all(
    manifest.containers.map(async (container) => {
      if (container.image.includes("@")) return container;
      const colon = container.image.lastIndexOf(":");
      const repository = container.image.slice(0, colon);
      const { digest } = await new RemoteRepository({ reference: repository }).resolve(
        container.image.slice(colon + 1),
      );
      return { ...container, image: `${repository}@${digest}` };
    }),
  );
  return { ...manifest, containers };
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
