import { copy, type WantedPlatform } from "@apoc/oci";
import type { Context, RunResult } from "@apoc/terminal";
import { describeImage } from "../../image/describe-image.ts";
import { printWritten, readFrom, writeTo } from "./transfer.ts";

interface Input {
  readonly args: { readonly source: string; readonly destination: string };
  readonly options: { readonly platform: WantedPlatform | undefined; readonly referrers: boolean };
}

/** Runs `apoc image copy`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const { source, reference } = await readFrom(ctx, args.source);
  const { images } = await describeImage(source, reference, ctx.signal);
  const layers = images.flatMap((image) => image.layers);
  const progress = ctx.ui.progress(
    "Copied",
    layers.reduce((sum, { size }) => sum + size, 0),
  );
  const passed = new Map<string, number>();
  let counts = { copied: 0, mounted: 0, skipped: 0, bytes: 0 };
  const written = await writeTo(ctx, args.destination, async (target) => {
    const result = await copy(source, reference, target, {
      ...(options.platform === undefined ? {} : { platform: options.platform }),
      signal: ctx.signal,
      ...(options.referrers ? { referrers: true } : {}),
      onProgress: ({ kind, descriptor, bytes }) => {
        const { digest, size } = descriptor;
        const under = kind === "started" || kind === "progress" || kind === "resumed";
        const now = under ? bytes : size;
        progress.advance(now - (passed.get(digest) ?? 0));
        passed.set(digest, now);
        if (under) return;
        ctx.ui.detail(`${kind} ${descriptor.digest} ${descriptor.size} ${descriptor.mediaType}`);
      },
    });
    counts = result;
    return result.root;
  }).catch((error: unknown) => {
    progress.fail();
    throw error;
  });
  const { copied, mounted, skipped, bytes } = counts;
  progress.done(`${copied} parts, ${bytes} bytes; ${skipped + mounted} were there`);
  printWritten(ctx, written, { copied, mounted, skipped, bytes });
}
