import { ApocError } from "@apoc/errors";
import type { Context, OptionValues, RunResult } from "@apoc/terminal";
import { developerErrors } from "../../errors.ts";
import { convertImage } from "../../image/convert-image.ts";
import { decryptLayers } from "../../image/decrypt-layers.ts";
import { readUnwrapOptions } from "../../image/layer-keys.ts";
import type { keyOptions } from "./key-options.ts";
import { chosenPlatform, type platformOptions } from "./platform-options.ts";
import { printWritten, readFrom, writeTo } from "./transfer.ts";

interface Input {
  readonly args: { readonly source: string; readonly destination: string };
  readonly options: OptionValues<typeof keyOptions> & OptionValues<typeof platformOptions>;
}

/** Runs `apoc image decrypt`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  if (options.key.length === 0) {
    throw new ApocError(developerErrors.KEY_FILE_INVALID, {
      field: "--key",
      expected: "a file with a private key",
      actual: "none",
      next: { action: "give-option", subject: "--key private.pem" },
    });
  }
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
}
