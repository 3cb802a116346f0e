import { ApocError } from "@apoc/errors";
import { type Context, type OptionValues, type RunResult, terminalErrors } from "@apoc/terminal";
import { listRecipients } from "ocicrypt-js";
import { convertImage } from "../../image/convert-image.ts";
import { readUnwrapOptions, readWrapOptions } from "../../image/layer-keys.ts";
import { readPrivateKeys } from "../../image/private-keys.ts";
import { readImage } from "../../image/read-image.ts";
import { changeRecipients } from "../../image/recipient-changes.ts";
import type { keyOptions } from "./key-options.ts";
import { chosenPlatform, type platformOptions } from "./platform-options.ts";
import { printWritten, readFrom, writeTo } from "./transfer.ts";

interface Input {
  readonly args: { readonly source: string; readonly destination: string | undefined };
  readonly options: { readonly add: readonly string[]; readonly remove: readonly string[] } & OptionValues<
    typeof keyOptions
  > &
    OptionValues<typeof platformOptions>;
}

/** Runs `apoc image recipients`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const platform = chosenPlatform(options);
  const { source, reference } = await readFrom(ctx, args.source);
  if (args.destination === undefined) {
    if (options.add.length + options.remove.length > 0) throw missing("destination", "where to write to");
    if (platform === "all") throw missing("--all", "one platform at a time");
    const image = await readImage(source, reference, platform, ctx.signal);
    return list(ctx, image.descriptor.digest, image.manifest.layers);
  }
  if (options.add.length + options.remove.length === 0) throw missing("--add or --remove", "what to change");
  if (options.add.length > 0 && options.key.length === 0)
    throw missing("--key", "a key that opens the image");
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
}

async function list(
  ctx: Context,
  digest: string,
  layers: readonly { readonly digest: string; readonly annotations?: Record<string, string> }[],
): Promise<void> {
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
  return new ApocError(terminalErrors.USAGE, {
    field,
    expected,
    next: { action: "run", subject: "apoc image recipients --help" },
  });
}
