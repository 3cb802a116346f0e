import { generateKeyPairSync } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { copy, encodeCanonicalJson, type Manifest, parseManifest, readAll } from "@apoc/oci";
import { type Layout, openLayout } from "@apoc/oci/node";
import {
  addRecipients,
  exportPkcs8,
  exportSpki,
  findRecipients,
  generateImageKey,
  importPrivateKey,
  type LayerDescriptor,
  listRecipients,
  type PrivateJwk,
  type PublicJwk,
  removeRecipients,
} from "ocicrypt-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describe as describeBytes, sampleImage, type SampleImage } from "../sample-image.ts";
import { Workplace } from "../skopeo.ts";
import { expectPlain, publishEncrypted } from "./encrypted-image.ts";
import { imageTools } from "./image-tools.ts";

const tools = await imageTools();

interface KeyPair {
  readonly publicJwk: PublicJwk;
  readonly privateJwk: PrivateJwk;
}

describe.runIf(tools.length > 0)("recipients change, layers stay", () => {
  let place: Workplace;
  let image: SampleImage;
  let first: KeyPair;
  let second: KeyPair;

  beforeAll(async () => {
    place = await Workplace.create();
    image = await sampleImage({ sizes: [5000, 20_000] });
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const privateJwk = await importPrivateKey(String(rsa.export({ type: "pkcs8", format: "pem" })));
    if (privateJwk.kty !== "RSA") throw new Error("an RSA key was made");
    first = { privateJwk, publicJwk: { kty: "RSA", n: privateJwk.n, e: privateJwk.e } };
    second = await generateImageKey();
    for (const [name, pair] of Object.entries({ first, second })) {
      await writeFile(place.at(`${name}.pem`), await exportPkcs8(pair.privateJwk), { mode: 0o600 });
      await writeFile(place.at(`${name}.pub.pem`), await exportSpki(pair.publicJwk));
    }
  });
  afterAll(() => place.remove());

  test("one that we added decrypts, one that we removed does not", async () => {
    const layout = await openLayout(place.at("ours"), { create: true });
    await publishEncrypted(image, { recipients: [first.publicJwk] }, layout);
    await change(layout, (layer) =>
      addRecipients(layer, { keys: [first.privateJwk] }, { recipients: [second.publicJwk] }),
    );
    await expectOpens("ours", "first.pem", "second.pem");
    await change(layout, async (layer) => {
      const [gone] = await findRecipients(layer, first.privateJwk);
      return removeRecipients(layer, ({ packet }) => packet === gone?.packet);
    });
    await expectOpens("ours", "second.pem");
    await expectRefuses("ours", "first.pem");
  });

  test("one of the several in skopeo's JWE is removed", async () => {
    const plain = await openLayout(place.at("plain"), { create: true });
    await copy(image.target, "latest", plain, { tags: ["v1"] });
    const recipients = ["first", "second"].flatMap((name) => [
      "--encryption-key",
      `jwe:${place.at(`${name}.pub.pem`)}`,
    ]);
    await place.skopeo("copy", ...recipients, `oci:${plain.directory}:v1`, `oci:${place.at("theirs")}:v1`);
    const layout = await openLayout(place.at("theirs"));
    await change(layout, async (layer) => {
      expect(listRecipients(layer).map(({ packet, position }) => [packet, position])).toEqual([
        [0, 0],
        [0, 1],
      ]);
      const [gone] = await findRecipients(layer, first.privateJwk);
      return removeRecipients(layer, ({ position }) => position === gone?.position);
    });
    await expectOpens("theirs", "second.pem");
    await expectRefuses("theirs", "first.pem");
  });

  /** Writes a new manifest over the same blobs. */
  async function change(
    layout: Layout,
    work: (layer: LayerDescriptor) => LayerDescriptor | Promise<LayerDescriptor>,
  ): Promise<void> {
    const before = parseManifest(await readAll(layout, await layout.resolve("v1")));
    const layers = await Promise.all(before.layers.map(async (layer) => work(layer)));
    expect(layers.map(({ digest }) => digest)).toEqual(before.layers.map(({ digest }) => digest));
    const manifest: Manifest = { ...before, layers };
    const bytes = encodeCanonicalJson(manifest);
    const descriptor = describeBytes(String(manifest.mediaType), bytes);
    await layout.push(descriptor, bytes);
    await layout.tag(descriptor, "v1");
  }

  async function expectOpens(name: string, ...keys: string[]): Promise<void> {
    for (const tool of tools) {
      for (const key of keys) {
        await tool.decrypt(place, place.at(name), place.at("opened"), place.at(key));
        await expectPlain(place.at("opened"), image);
        await rm(place.at("opened"), { recursive: true });
      }
    }
  }

  async function expectRefuses(name: string, key: string): Promise<void> {
    for (const tool of tools) {
      const work = tool.decrypt(place, place.at(name), place.at("never"), place.at(key));
      await expect(work, tool.name).rejects.toThrow(/decrypt/i);
      await rm(place.at("never"), { recursive: true, force: true });
    }
  }
});
