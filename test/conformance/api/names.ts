import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import {
  type ChannelTerms,
  findChannel,
  generateSessionKeyPair,
  loadPodManifest,
  type PodManifest,
  pullGrant,
  sessionKeyOf,
  toWire,
} from "@apoc/core";
import { type Digest, RemoteRepository } from "@apoc/oci";
import {
  attestAndGrant,
  createNarrator,
  type DeployedPod,
  providerKeyOf,
  publishImages,
  pushOwnImage,
  runApoc,
  type Stage,
} from "apoc/demo";
import { createPublicClient, http } from "viem";

/** Real names and bodies of a stage, which random ones would never hit: what `hooks.py` reads. */
export interface Names {
  /** Pod ids of a pod that runs, and of none; all of `publisher`. */
  readonly pods: readonly string[];
  /** Pod ids of pods that may be removed. */
  readonly disposable: readonly string[];
  /** Container of the pod that runs. */
  readonly container: string;
  /** References by digest: an own image and licensed ones. */
  readonly images: readonly string[];
  readonly providerKeyId: string;
  readonly publisher: string;
  readonly token: string;
  /** A valid body by operation id. */
  readonly bodies: Readonly<Record<string, unknown>>;
}

/** Plays the story so far that every route has something to answer: images are published and granted, pods run. */
export async function prepareNames(stage: Stage): Promise<Names> {
  const tell = createNarrator(new PassThrough().resume(), stage.directory);
  const licensed = await publishImages(stage, tell);
  await attestAndGrant(stage, tell, licensed);
  const own = await pushOwnImage(stage);
  const { digest } = await new RemoteRepository({ reference: own }).resolve(
    own.slice(own.lastIndexOf(":") + 1),
  );
  const image = `${own.slice(0, own.lastIndexOf(":"))}@${digest}`;
  const pod = await deploy(stage, "kept", image);
  const disposable = await deploy(stage, "spare", image);
  const publisher = stage.roles.pia.address;
  const token = stage.contracts.token;
  const podId = `0x${"0a".repeat(32)}`;
  const session = await sessionKeyOf(await generateSessionKeyPair(false));
  const providerKeyId = await providerKeyOf(stage);
  const ledger = licensed.ledger.slice(licensed.ledger.lastIndexOf("@") + 1) as Digest;
  const grant = await pullGrant(new RemoteRepository({ reference: licensed.ledger }), ledger, providerKeyId);
  return {
    pods: [pod.podId, podId],
    container: "web",
    disposable: [disposable.podId, podId],
    images: [image, licensed.ledger, licensed.reader],
    providerKeyId,
    publisher,
    token,
    bodies: {
      attest: { nonce: podId },
      quote: toWire({ version: 1, publisher, token, podId, manifest: pod.manifest, payees: [] }),
      putPodKey: { version: 1, key: session.key, scopes: ["read"] },
      uploadGrant: grant,
      putPod: toWire({ version: 2, channel: pod.terms, manifest: pod.manifest, grants: [grant] }),
    },
  };
}

interface Running extends DeployedPod {
  readonly manifest: PodManifest;
  readonly terms: ChannelTerms;
}

async function deploy(stage: Stage, name: string, image: string): Promise<Running> {
  const { pia } = stage.roles;
  const file = join(pia.directory, `${name}.yaml`);
  const text = `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  containers:
    - name: web
      image: ${image}
      ports: [{ name: http, containerPort: 8080 }]
      resources: { limits: { cpu: 100m, memory: 32Mi } }
`;
  await writeFile(file, text);
  const { url } = stage.provider;
  const ended = await runApoc(
    pia,
    `pod deploy ${file} --provider ${url} --for 1h --yes --max-total 60 --json`.split(" "),
  );
  if (ended.code !== 0) throw new Error(ended.stderr);
  const deployed = JSON.parse(ended.stdout) as DeployedPod;
  const { manifest } = await loadPodManifest(text, {
    defaultName: name,
    readFile: () => Promise.reject(new Error("none")),
  });
  const client = createPublicClient({ transport: http(stage.chain.url) });
  const record = await findChannel(client, stage.contracts.paymentChannel, deployed.channel);
  if (record === undefined) throw new Error(`no channel ${deployed.channel}`);
  return { ...deployed, manifest, terms: { header: record.header, payees: record.payees } };
}
