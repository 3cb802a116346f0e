import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mediaTypes, type Descriptor, type Index } from "@apoc/oci";
import { composeImage, type BuiltImage, type ImageRecipe } from "./image.ts";

/** Composes an image (see {@link composeImage}) and writes it as an OCI layout into `directory`, which it creates. */
export async function buildImage(
  recipe: ImageRecipe,
  directory: string,
  tag = "latest",
): Promise<BuiltImage & { readonly directory: string }> {
  const image = await composeImage(recipe);
  await writeLayout(image, directory, tag);
  return { ...image, directory };
}

/** Writes an image as the only one of an OCI layout. Follows image-spec 1.1, image-layout.md. */
export async function writeLayout(image: BuiltImage, directory: string, tag: string): Promise<void> {
  const blobs = join(directory, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const put = (descriptor: Pick<Descriptor, "digest">, bytes: Uint8Array) =>
    writeFile(join(blobs, descriptor.digest.slice("sha256:".length)), bytes);
  for (const layer of image.layers) await put(layer.descriptor, layer.compressed);
  const { config } = JSON.parse(Buffer.from(image.manifest).toString()) as { config: Descriptor };
  await put(config, image.config);
  await put(image.descriptor, image.manifest);
  const { architecture, os } = image.parsedConfig;
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [
      {
        ...image.descriptor,
        platform: { architecture, os },
        annotations: { "org.opencontainers.image.ref.name": tag },
      },
    ],
  };
  await writeFile(join(directory, "index.json"), JSON.stringify(index));
  await writeFile(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}
