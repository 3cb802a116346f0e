import { ApocError } from "@apoc/errors";
import type { Context, OptionValues, RunResult } from "@apoc/terminal";
import { developerErrors } from "../../errors.ts";
import { convertImage } from "../../image/convert-image.ts";
import { encryptLayers } from "../../image/encrypt-layers.ts";
import { readWrapOptions } from "../../image/layer-keys.ts";
import { assertPlain } from "../../image/read-image.ts";
import { chosenPlatform, type platformOptions } from "./platform-options.ts";
import { printWritten, readFrom, writeTo } from "./transfer.ts";

interface Input {
  readonly args: { readonly source: string; readonly destination: string };
  readonly options: { readonly recipient: readonly string[] } & OptionValues<typeof platformOptions>;
}

/** Runs `apoc image encrypt`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  if (options.recipient.length === 0) {
    throw new ApocError(developerErrors.RECIPIENT_INVALID, {
      field: "--recipient",
      expected: "jwe:FILE with a public key",
      actual: "none",
      next: { action: "give-option", subject: "--recipient jwe:public.pem" },
    });
  }
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
}
