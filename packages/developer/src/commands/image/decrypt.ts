import { ApocError } from "@apoc/errors";
import { defineCommand } from "@apoc/terminal";
import { developerErrors } from "../../errors.ts";
import { keyOptions } from "./key-options.ts";
import { chosenPlatform, platformOptions } from "./platform-options.ts";

/** `apoc image decrypt` */
export const command = defineCommand({
  description:
    "Decrypts the layers of an image. Nothing is written before digest and HMAC of a layer hold, and nothing gets to the\n" +
    "destination that differs from the diffID of the image's config.",
  args: {
    source: { syntax: "<source>", description: "the encrypted image" },
    destination: { syntax: "<destination>", description: "where the plain one goes" },
  },
  options: {
    ...keyOptions,
    ...platformOptions,
  },
  examples: [
    {
      text: "Decrypt an image of a registry",
      command: "apoc image decrypt docker://registry.example/app:1 oci-archive:app.tar --key private.pem",
    },
  ],
  async run(ctx, { args, options }) {
    if (options.key.length === 0) {
      throw new ApocError(developerErrors.KEY_FILE_INVALID, {
        field: "--key",
        expected: "a file with a private key",
        actual: "none",
        hint: `apoc image decrypt ${args.source} ${args.destination} --key private.pem`,
      });
    }
    // Loaded here so that help needs none of it.
    const [{ convertImage }, { decryptLayers }, { readUnwrapOptions }, { printWritten, readFrom, writeTo }] =
      await Promise.all([
        import("../../image/convert-image.ts"),
        import("../../image/decrypt-layers.ts"),
        import("../../image/layer-keys.ts"),
        import("./transfer.ts"),
      ]);
    const platform = chosenPlatform(options);
    const unwrap = await readUnwrapOptions(ctx, options.key, options.passphrase);
    const { source, reference } = await readFrom(ctx, args.source);
    const written = await writeTo(ctx, args.destination, (target) =>
      convertImage(
        source,
        reference,
        target,
        async (image) => {
          const { layers } = image.manifest;
          const label = `Decrypted ${image.config.os}/${image.config.architecture}`;
          const progress = ctx.ui.progress(
            label,
            layers.reduce((sum, { size }) => sum + size, 0),
          );
          const decrypted = await decryptLayers({ source, image }, target, unwrap, {
            signal: ctx.signal,
            done: progress.advance,
          }).catch((error: unknown) => {
            progress.fail();
            throw error;
          });
          progress.done(`layers: ${layers.length}`);
          return decrypted;
        },
        { platform, signal: ctx.signal },
      ),
    );
    printWritten(ctx, written);
  },
});
