import {
  admissionErrors,
  apiErrors,
  completeHeader,
  executionRate,
  payeeOfOffer,
  type PodManifest,
  quoteTypedData,
  sealSecrets,
  verifyKeySignature,
} from "@apoc/core";
import { expect, onTestFinished, test } from "vitest";
import { providerScene } from "../testing/provider-scene.ts";
import { license } from "../testing/sample-license.ts";
import { openImage } from "../runtime/engine/loadable-image.ts";
import { collect } from "../testing/sample-image.ts";
import {
  chainId,
  channelTerms,
  container,
  contract,
  idOf,
  paidPod,
  podManifest,
  prices,
  provider,
  publisher,
  token,
} from "../testing/sample-pod.ts";

async function setUp() {
  const scene = await providerScene();
  onTestFinished(() => scene.dispose());
  const channel = channelTerms();
  const paid = scene.pay(channel);
  const manifest = podManifest([container("web", scene.images.own.reference)]);
  const body = scene.request(channel, manifest);
  return { ...scene, channel, paid, manifest, body };
}

test("a deployment on a channel that is not paid for is refused without fetching a layer", async () => {
  const { client, authorize, images, request, store, manifest, state } = await setUp();
  const channel = channelTerms(3);
  const paid = paidPod(channel);
  const body = request(channel, manifest);
  await expect(client.putPod(paid, body, await authorize("deploy", paid, body))).rejects.toMatchObject({
    code: admissionErrors.FUNDS_UNKNOWN.code,
  });
  expect(store.size(images.own.manifest.layers[0]!.digest)).toBeUndefined();
  expect(await state.pods.get(paid.uid)).toBeUndefined();
});

/** A pod with the licensed image, and terms that pay for it. */
function licensed(
  scene: Awaited<ReturnType<typeof setUp>>,
  manifest: (m: PodManifest) => PodManifest = (m) => m,
) {
  const { licensed: image } = scene.images;
  const pod = manifest(podManifest([container("ledger", image.reference)]));
  const payees = [payeeOfOffer(image.digest, license, license.offers[0]!)];
  const header = completeHeader({ ...channelTerms(4).header }, payees);
  const channel = { header, payees };
  return { channel, paid: scene.pay(channel), pod, payees };
}

test("an uploaded grant lets a licensed pod run; what the runtime gets opens its layers", async () => {
  const scene = await setUp();
  const { client, authorize, request, images, grantFor, reconciler, runtime, state } = scene;
  const { channel, paid, pod } = licensed(scene);
  const body = request(channel, pod);
  await expect(client.putPod(paid, body, await authorize("deploy", paid, body))).rejects.toMatchObject({
    code: admissionErrors.GRANT_MISSING.code,
  });
  await client.uploadGrant(await grantFor(images.licensed));
  await client.putPod(paid, body, await authorize("deploy", paid, body));
  await reconciler.round();
  expect(await state.pods.get(paid.uid)).toMatchObject({ state: "running" });
  const [ledger] = runtime.pods.get(paid.uid)!.desired.containers;
  expect(ledger?.command).toBeUndefined();
  const { layers } = await openImage(ledger!.image);
  expect(await collect(layers[0]!.open())).toEqual(images.licensed.plain[0]);
});

test("a grant may travel with the request", async () => {
  const scene = await setUp();
  const { channel, paid, pod } = licensed(scene);
  const body = scene.request(channel, pod, { grants: [await scene.grantFor(scene.images.licensed)] });
  await scene.client.putPod(paid, body, await scene.authorize("deploy", paid, body));
  await scene.reconciler.round();
  expect((await scene.state.pods.get(paid.uid))?.state).toBe("running");
});

test("grants that are not ours, expired, signed by others or that do not open are not taken", async () => {
  const { client, images, grantFor, clock, wrappingKey } = await setUp();
  const grant = await grantFor(images.licensed);
  const other = { ...grant, providerKeyId: "0f".repeat(32) };
  await expect(client.uploadGrant(other)).rejects.toMatchObject({ code: apiErrors.GRANT_NOT_OURS.code });
  const forged = { ...grant, notAfter: grant.notAfter + 1 };
  await expect(client.uploadGrant(forged)).rejects.toMatchObject({ code: admissionErrors.GRANT_SIGNER.code });
  const old = await grantFor(images.licensed, { notAfter: new Date(clock.wall() - 1000) });
  await expect(client.uploadGrant(old)).rejects.toMatchObject({ code: admissionErrors.GRANT_EXPIRED.code });
  expect(grant.providerKeyId).toBe(wrappingKey.keyId);
});

test("secrets reach the container only; the database holds them sealed", async () => {
  const { client, authorize, request, channel, paid, images, wrappingKey, reconciler, runtime, state } =
    await setUp();
  const manifest = podManifest([
    { ...container("web", images.own.reference), env: [{ name: "PASSWORD", secret: "db" }] },
  ]);
  const secrets = await sealSecrets(
    new Map([["db", new TextEncoder().encode("hunter2")]]),
    paid,
    wrappingKey.spki,
  );
  const without = request(channel, manifest);
  await expect(client.putPod(paid, without, await authorize("deploy", paid, without))).rejects.toMatchObject({
    code: apiErrors.SECRETS_MISSING.code,
  });
  const body = request(channel, manifest, { secrets });
  const status = await client.putPod(paid, body, await authorize("deploy", paid, body));
  await reconciler.round();
  expect(runtime.pods.get(paid.uid)?.desired.containers[0]?.env).toEqual([
    { name: "PASSWORD", value: "hunter2" },
  ]);
  expect(JSON.stringify([status.containers, status.name])).not.toContain("hunter2");
  expect(new TextDecoder().decode((await state.pods.get(paid.uid))!.request)).not.toContain("hunter2");
  const stolen = channelTerms(5);
  const body2 = request(stolen, manifest, { secrets });
  const other = paidPod(stolen);
  await expect(client.putPod(other, body2, await authorize("deploy", other, body2))).rejects.toMatchObject({
    code: admissionErrors.FUNDS_UNKNOWN.code,
  });
});

test("a quote that fails no check is signed by the provider, and the channel it signs is admitted", async () => {
  const scene = await setUp();
  const { client, images, grantFor, authorize, request, pay } = scene;
  await client.uploadGrant(await grantFor(images.licensed));
  const { pod, payees } = licensed(scene);
  const wish = {
    version: 1,
    publisher: publisher.address,
    token,
    podId: `0x${"0a".repeat(32)}`,
    payees,
  } as const;
  const quote = await client.quote({ ...wish, manifest: pod });
  expect(quote.checks.map(({ verdict }) => verdict)).toEqual([
    "later",
    "pass",
    "pass",
    "pass",
    "pass",
    "pass",
    "later",
    "pass",
    "later",
  ]);
  expect(quote.channelId).toBe(idOf(quote.channel));
  expect(quote.channel.header).toMatchObject({
    maxExecRate: executionRate(pod, prices),
    grace: 600,
    sumOneTime: 100n,
  });
  expect(
    await verifyKeySignature(
      provider.address,
      quoteTypedData(chainId, contract, quote.channelId),
      quote.signature!,
    ),
  ).toBe(true);
  const paid = pay(quote.channel);
  const body = request(quote.channel, pod);
  expect(await client.putPod(paid, body, await authorize("deploy", paid, body))).toMatchObject({
    state: "accepted",
  });
});

test("a quote with a failed check is not signed and says which", async () => {
  const scene = await setUp();
  const { client } = scene;
  const { pod } = licensed(scene, (manifest) => ({
    ...manifest,
    containers: manifest.containers.map((c) => ({ ...c, command: ["/bin/sh"] })),
  }));
  const quote = await client.quote({
    version: 1,
    publisher: publisher.address,
    token,
    podId: `0x${"0a".repeat(32)}`,
    manifest: pod,
    payees: [],
  });
  expect(quote.signature).toBeUndefined();
  expect(quote.checks.flatMap(({ error }) => (error === undefined ? [] : [error.code]))).toEqual([
    admissionErrors.GRANT_MISSING.code,
    admissionErrors.TERMS_MISSING.code,
    admissionErrors.PROTECTED_ENTRYPOINT.code,
  ]);
});
