import { ApocError } from "@apoc/errors";
import { defineCommand } from "@apoc/terminal";
import { developerErrors } from "../../errors.ts";
import { recipientSyntax } from "./key-options.ts";
import { chosenPlatform, platformOptions } from "./platform-options.ts";

/** `apoc image encrypt` */
export const command = defineCommand({
  description:
    "Encrypts every layer with a key of its own (AES-256-CTR, HMAC-SHA256), wrapped for each recipient as a JWE. Layers that\n" +
    "are not gzip become gzip first, the only kind that every runtime decrypts. The config stays readable.",
  args: {
    source: { syntax: "<source>", description: "the plain image" },
    destination: { syntax: "<destination>", description: "where the encrypted one goes" },
  },
  options: {
    recipient: {
      flags: `--recipient ${recipientSyntax}`,
      description:
        "who can decrypt: a public key (EC P-256, P-384, P-521 or RSA; PEM, DER or JWK), or a key provider",
      multiple: true,
    },
    ...platformOptions,
  },
  examples: [
    {
      text: "Encrypt for two keys",
      command:
        "apoc image encrypt docker-archive:app.tar oci:app:1 --recipient jwe:ours.pem --recipient jwe:escrow.pem",
    },
  ],
  async run(ctx, { args, options }) {
    if (options.recipient.length === 0) {
      throw new ApocError(developerErrors.RECIPIENT_INVALID, {
        field: "--recipient",
        expected: "jwe:FILE with a public key",
        actual: "none",
        hint: `apoc image encrypt ${args.source} ${args.destination} --recipient jwe:public.pem`,
      });
    }
    // Loaded here so that help needs none of it.
    const [
      { convertImage },
      { encryptLayers },
      { assertPlain },
      { readWrapOptions },
      { printWritten, readFrom, writeTo },
    ] = await Promise.all([
      import("../../image/convert-image.ts"),
      import("../../image/encrypt-layers.ts"),
      import("../../image/read-image.ts"),
      import("../../image/layer-keys.ts"),
      import("./transfer.ts"),
    ]);
    const platform = chosenPlatform(options);
    const wrap = await readWrapOptions(ctx, options.recipient);
    const { source, reference } = await readFrom(ctx, args.source);
    const written = await writeTo(ctx, args.destination, (target) =>
      convertImage(
        source,
        reference,
        target,
        async (image) => {
          assertPlain(image);
          const { layers } = image.manifest;
          const label = `Encrypted ${image.config.os}/${image.config.architecture}`;
          const progress = ctx.ui.progress(label, 2 * layers.reduce((sum, { size }) => sum + size, 0));
          const encrypted = await encryptLayers({ source, image }, target, wrap, {
            signal: ctx.signal,
            progress: { encrypted: progress.advance, pushed: progress.advance },
          }).catch((error: unknown) => {
            progress.fail();
            throw error;
          });
          progress.done(`layers: ${layers.length}, recipients: ${options.recipient.length}`);
          return encrypted;
        },
        { platform, signal: ctx.signal },
      ),
    );
    printWritten(ctx, written);
  },
});
