import { ApocError } from "@apoc/errors";
import { type Context, defineCommand, terminalErrors } from "@apoc/terminal";
import { keyOptions, recipientSyntax } from "./key-options.ts";
import { chosenPlatform, platformOptions } from "./platform-options.ts";

/** `apoc image recipients` */
export const command = defineCommand({
  description:
    "Without a destination, lists who can decrypt: algorithm and curve show, keys do not. With one, writes the image there\n" +
    "with recipients added or removed. The layers stay byte for byte; the digest of the image changes. Adding needs a key\n" +
    "that opens the image. Removing does not revoke: who once could decrypt may have kept the keys; encrypt anew for that.",
  args: {
    source: { syntax: "<source>", description: "the encrypted image" },
    destination: { syntax: "[destination]", description: "where the changed one goes" },
  },
  options: {
    add: {
      flags: `--add ${recipientSyntax}`,
      description: "who can decrypt from now on",
      multiple: true,
    },
    remove: {
      flags: "--remove <number|file>",
      description: "recipient to take away: its number in the list, or a file with its private key",
      multiple: true,
    },
    ...keyOptions,
    ...platformOptions,
  },
  examples: [
    { text: "List the recipients", command: "apoc image recipients oci:app:1" },
    {
      text: "Add one",
      command: "apoc image recipients oci:app:1 oci:app:2 --add jwe:new.pem --key private.pem",
    },
  ],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [{ readImage }, { printWritten, readFrom, writeTo }] = await Promise.all([
      import("../../image/read-image.ts"),
      import("./transfer.ts"),
    ]);
    const platform = chosenPlatform(options);
    const { source, reference } = await readFrom(ctx, args.source);
    if (args.destination === undefined) {
      if (options.add.length + options.remove.length > 0) throw missing("destination", "where to write to");
      if (platform === "all") throw missing("--all", "one platform at a time");
      const image = await readImage(source, reference, platform, ctx.signal);
      return list(ctx, image.descriptor.digest, image.manifest.layers);
    }
    if (options.add.length + options.remove.length === 0)
      throw missing("--add or --remove", "what to change");
    if (options.add.length > 0 && options.key.length === 0)
      throw missing("--key", "a key that opens the image");
    const [
      { convertImage },
      { readUnwrapOptions, readWrapOptions },
      { readPrivateKeys },
      { changeRecipients },
    ] = await Promise.all([
      import("../../image/convert-image.ts"),
      import("../../image/layer-keys.ts"),
      import("../../image/private-keys.ts"),
      import("../../image/recipient-changes.ts"),
    ]);
    const add = await readWrapOptions(ctx, options.add);
    const unwrap = await readUnwrapOptions(ctx, options.key, options.passphrase);
    const remove = await Promise.all(
      options.remove.map(async (text) => {
        if (/^\d{1,4}$/.test(text)) return Number(text);
        const [key] = await readPrivateKeys(ctx, [text], options.passphrase);
        return key!;
      }),
    );
    const written = await writeTo(ctx, args.destination, (target) =>
      convertImage(
        source,
        reference,
        target,
        (image) => changeRecipients({ source, image }, target, { add, unwrap, remove }, ctx.signal),
        { platform, signal: ctx.signal },
      ),
    );
    ctx.ui.step("Changed recipients", `${options.add.length} added, ${remove.length} removed`);
    printWritten(ctx, written);
  },
});

async function list(
  ctx: Context,
  digest: string,
  layers: readonly { readonly digest: string; readonly annotations?: Record<string, string> }[],
): Promise<void> {
  const { listRecipients } = await import("ocicrypt-js");
  const rows = layers.flatMap((layer) =>
    listRecipients(layer).map(({ scheme, ...shown }, number) => ({
      layer: layer.digest,
      number,
      scheme,
      ...shown,
    })),
  );
  ctx.output.result({ digest, recipients: rows }, ({ table }) =>
    rows.length === 0
      ? "No layer is encrypted."
      : table(rows, [
          { title: "LAYER", value: ({ layer }) => layer },
          { title: "NUMBER", value: ({ number }) => `${number}`, align: "right" },
          { title: "SCHEME", value: ({ scheme }) => scheme },
          { title: "ALGORITHM", value: ({ algorithm }) => algorithm ?? "-" },
          { title: "CURVE", value: ({ curve }) => curve ?? "-" },
          { title: "KEY ID", value: ({ keyId }) => keyId ?? "-" },
        ]),
  );
}

function missing(field: string, expected: string): ApocError {
  return new ApocError(terminalErrors.USAGE, { field, expected, hint: "apoc image recipients --help" });
}
