import { copy } from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleImage, type SampleImage } from "../sample-image.ts";
import { Workplace } from "../skopeo.ts";
import { decryptFolder, expectPlain, privateKey, publicKey, publishEncrypted } from "./encrypted-image.ts";
import { imageTools } from "./image-tools.ts";
import { type KeyFiles, keyTypes, writeKeyForms } from "./key-forms.ts";

/** Forms that ocicrypt does not read, whatever its version: SEC1 only as DER, nothing under a passphrase by skopeo. */
const unknownToPeers = ["SEC1 PEM", "protected PKCS#8 PEM"];

const tools = await imageTools();

describe.for(keyTypes)("%s", (type) => {
  let place: Workplace;
  let image: SampleImage;
  let keys: KeyFiles;

  beforeAll(async () => {
    place = await Workplace.create();
    image = await sampleImage({ sizes: [0, 70_000] });
    keys = writeKeyForms(place, type);
    const plain = await openLayout(place.at("plain"), { create: true });
    await copy(image.target, "latest", plain, { tags: ["v1"] });
    for (const [form, file] of Object.entries(keys.public)) {
      const target = await openLayout(place.at(`ours ${form}`), { create: true });
      await publishEncrypted(image, { recipients: [await publicKey(file)] }, target);
    }
  });
  afterAll(() => place.remove());

  test.for(tools)("we encrypt, $name decrypts, with the private key in every form it reads", async (tool) => {
    const forms = Object.entries(keys.private).filter(([form]) => !unknownToPeers.includes(form));
    for (const [form, file] of forms) {
      const out = place.at(`${tool.name} ${form}`);
      await tool.decrypt(place, place.at("ours PKIX PEM"), out, file);
      await expectPlain(out, image);
    }
    for (const form of Object.keys(keys.public)) {
      const out = place.at(`${tool.name} from ${form}`);
      await tool.decrypt(place, place.at(`ours ${form}`), out, keys.private["PKCS#8 PEM"]!);
      await expectPlain(out, image);
    }
  });

  test.for(tools)("$name encrypts, we decrypt, with the key in every form", async (tool) => {
    for (const [form, file] of Object.entries(keys.public)) {
      if (form === "JWK" && type.startsWith("P-") && !tool.recent) continue;
      const out = place.at(`theirs ${tool.name} ${form}`);
      await tool.encrypt(place, place.at("plain"), out, `jwe:${file}`);
      for (const [own, secret] of Object.entries(keys.private)) {
        const plain = await decryptFolder(out, image, { keys: [await privateKey(secret)] });
        expect(
          plain.map((layer, i) => layer.equals(image.blobs[i]!)),
          `${form}, ${own}`,
        ).toEqual([true, true]);
      }
    }
  });
});
