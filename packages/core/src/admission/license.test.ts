import { type Descriptor, mediaTypes } from "@apoc/oci";
import { jweAnnotation, publicOptionsAnnotation } from "ocicrypt-js";
import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import { refusals } from "./testing/verdicts.ts";

test("an encrypted image without a license", async () => {
  expect(await refusals({ annotation: () => undefined })).toEqual({
    license: admissionErrors.LICENSE_MISSING.code,
  });
});

test("a license that is no license, not canonical, or has unknown members", async () => {
  const refused = { license: admissionErrors.LICENSE_MALFORMED.code };
  expect(await refusals({ annotation: () => "free for all" })).toEqual(refused);
  expect(await refusals({ annotation: (text) => ` ${text}` })).toEqual(refused);
  expect(
    await refusals({ annotation: (text) => text.replace('"version":1', '"version":1,"extra":true') }),
  ).toEqual(refused);
});

test("a licensed image with a layer that anybody could have put there", async () => {
  const refused = { license: admissionErrors.LICENSE_UNENCRYPTED.code };
  const lastPlain = { layers: (layers: unknown[], plain: unknown[]) => [layers[0], plain[1]] as never };
  expect(await refusals(lastPlain)).toEqual(refused);
  expect(await refusals({ layers: (_, plain) => plain })).toEqual(refused);
});

test.each<[string, (layers: Descriptor[]) => Descriptor[]]>([
  ["the same layer twice", ([first]) => [first!, first!]],
  ["no wrapped key", (layers) => layers.map((layer) => without(layer, jweAnnotation))],
  ["no public options", (layers) => layers.map((layer) => without(layer, publicOptionsAnnotation))],
  [
    "public options that override the nonce",
    (layers) =>
      layers.map((layer) =>
        withOptions(layer, (o) => ({ ...o, cipheroptions: { nonce: "AAAAAAAAAAAAAAAAAAAAAA==" } })),
      ),
  ],
  [
    "an unknown cipher",
    (layers) => layers.map((layer) => withOptions(layer, (o) => ({ ...o, cipher: "NONE" }))),
  ],
  ["a short HMAC", (layers) => layers.map((layer) => withOptions(layer, (o) => ({ ...o, hmac: "AAAA" })))],
  [
    "layers that are not gzip",
    (layers) => layers.map((layer) => ({ ...layer, mediaType: `${mediaTypes.layerTar}+encrypted` })),
  ],
  [
    "layers of an unknown encrypted kind",
    (layers) => layers.map((layer) => ({ ...layer, mediaType: "application/x+encrypted" })),
  ],
])("a licensed image with %s is refused before it is paid for", async (_, layers) => {
  expect((await refusals({ layers })).license).toBe(admissionErrors.LICENSE_ENCRYPTION.code);
});

function without(layer: Descriptor, annotation: string): Descriptor {
  const { [annotation]: removed, ...annotations } = layer.annotations ?? {};
  if (removed === undefined) throw new Error(`no ${annotation}`);
  return { ...layer, annotations };
}

function withOptions(layer: Descriptor, change: (options: object) => object): Descriptor {
  const options = JSON.parse(atob(layer.annotations![publicOptionsAnnotation]!)) as object;
  const text = btoa(JSON.stringify(change(options)));
  return { ...layer, annotations: { ...layer.annotations, [publicOptionsAnnotation]: text } };
}
