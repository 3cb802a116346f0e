import {
  admissionErrors,
  apiErrors,
  encodePodKeyRequest,
  generateSessionKeyPair,
  podIdOf,
  type PodKey,
  type PodScope,
  type SessionKey,
  sessionKeyOf,
  sessionRequests,
} from "@apoc/core";
import { expect, onTestFinished, test } from "vitest";
import { providerScene } from "../testing/provider-scene.ts";
import { channelTerms, container, podManifest, stranger } from "../testing/sample-pod.ts";

const salt = `0x${"5a".repeat(32)}` as const;
const newKey = async () => sessionKeyOf(await generateSessionKeyPair(false));

/** A pod whose id commits to a key. */
async function setUp() {
  const scene = await providerScene();
  onTestFinished(() => scene.dispose());
  const session = await newKey();
  const { header } = channelTerms();
  const channel = { header: { ...header, podId: podIdOf(session.key, salt) }, payees: [] };
  const pod = scene.pay(channel);
  const manifest = podManifest([container("web", scene.images.own.reference)]);
  const body = scene.request(channel, manifest);
  const { authorize, client } = scene;
  const first = { session: sessionRequests(session, salt) };
  /** Says something about a key as the wallet. */
  const say = async (key: PodKey, signed: Parameters<typeof authorize>[3] = {}) => {
    const document = encodePodKeyRequest(key);
    await client.putPodKey(pod, document, await authorize("keys", pod, document, signed));
  };
  const added = async (...scopes: PodScope[]) => {
    const key = await newKey();
    await say({ key: key.key, scopes });
    return key;
  };
  const status = async (key: SessionKey) =>
    client.getPod(pod, await authorize("status", pod, undefined, { session: sessionRequests(key) }));
  const deploy = async () => client.putPod(pod, body, await authorize("deploy", pod, body, first));
  return { ...scene, session, channel, pod, manifest, body, first, say, added, status, deploy };
}

test("the first key deploys, reads and updates, and leaves the volumes to the wallet", async () => {
  const { client, authorize, request, channel, manifest, pod, first, deploy } = await setUp();
  expect(await deploy()).toMatchObject({ state: "accepted" });
  await client.getPod(pod, await authorize("status", pod, undefined, first));
  const changed = request(channel, {
    ...manifest,
    containers: [{ ...manifest.containers[0]!, args: ["-v"] }],
  });
  await client.putPod(pod, changed, await authorize("update", pod, changed, first));
  const removal = await authorize("delete", pod, undefined, first);
  await expect(client.deletePod(pod, removal)).rejects.toMatchObject({
    code: admissionErrors.REQUEST_SCOPE.code,
  });
  expect(await client.deletePod(pod, await authorize("delete", pod))).toMatchObject({ state: "removed" });
});

test("a key that the wallet added does what its scopes say, and may be revoked at once, for good", async () => {
  const { client, authorize, pod, body, deploy, added, say, status } = await setUp();
  await deploy();
  const reader = await added("read");
  expect(await status(reader)).toMatchObject({ podId: pod.podId });
  const update = await authorize("deploy", pod, body, { session: sessionRequests(reader) });
  await expect(client.putPod(pod, body, update)).rejects.toMatchObject({
    code: admissionErrors.REQUEST_SCOPE.code,
  });
  await say({ key: reader.key, scopes: [] });
  await expect(status(reader)).rejects.toMatchObject({ code: admissionErrors.REQUEST_KEY.code });
  await expect(say({ key: reader.key, scopes: ["read"] })).rejects.toMatchObject({
    code: apiErrors.KEY_REVOKED.code,
  });
  const data = await added("data");
  const removal = await authorize("delete", pod, undefined, { session: sessionRequests(data) });
  expect(await client.deletePod(pod, removal)).toMatchObject({ state: "removed" });
});

test("a key expires", async () => {
  const { clock, deploy, say, status } = await setUp();
  await deploy();
  const key = await newKey();
  await say({ key: key.key, scopes: ["read"], notAfter: Math.floor(clock.wall() / 1000) + 10 });
  await status(key);
  clock.advance(10_000);
  await expect(status(key)).rejects.toMatchObject({ code: admissionErrors.REQUEST_KEY_EXPIRED.code });
});

test("only the wallet speaks about keys: no key, however wide its scopes, and no stranger", async () => {
  const { first, added, say, deploy } = await setUp();
  await deploy();
  const wide = await added("read", "update", "data");
  const key = { key: (await newKey()).key, scopes: ["read"] as const };
  for (const session of [first.session, sessionRequests(wide)]) {
    await expect(say(key, { session })).rejects.toMatchObject({ code: admissionErrors.REQUEST_SCOPE.code });
  }
  await expect(say(key, { signer: stranger })).rejects.toMatchObject({
    code: admissionErrors.REQUEST_SIGNATURE.code,
  });
});

test("a key of one pod says nothing about another of the same publisher", async () => {
  const { client, authorize, request, manifest, pay, deploy, added } = await setUp();
  await deploy();
  const reader = await added("read");
  const terms = channelTerms(9);
  const other = pay(terms);
  const body = request(terms, manifest);
  await client.putPod(other, body, await authorize("deploy", other, body));
  const asked = await authorize("status", other, undefined, { session: sessionRequests(reader) });
  await expect(client.getPod(other, asked)).rejects.toMatchObject({ code: admissionErrors.REQUEST_KEY.code });
});

test("a key's request is used once, and with this provider only", async () => {
  const { client, authorize, pod, deploy, first } = await setUp();
  await deploy();
  const request = await authorize("status", pod, undefined, first);
  await client.getPod(pod, request);
  await expect(client.getPod(pod, request)).rejects.toMatchObject({
    code: admissionErrors.REQUEST_NONCE.code,
  });
  const elsewhere = await authorize("status", pod, undefined, { ...first, provider: stranger.address });
  await expect(client.getPod(pod, elsewhere)).rejects.toMatchObject({
    code: admissionErrors.REQUEST_PROVIDER.code,
  });
});

test("nothing is kept about keys of a pod that is not here", async () => {
  const { say, session } = await setUp();
  await expect(say({ key: session.key, scopes: [] })).rejects.toMatchObject({
    code: apiErrors.POD_UNKNOWN.code,
  });
});
