import { defineCommand } from "@apoc/terminal";
import { parsePlatform } from "../../image/parse-platform.ts";

/** `apoc image copy` */
export const command = defineCommand({
  description:
    "Copies an image with everything it consists of, and all images of an index unless a platform is named. What the\n" +
    "destination has is not sent again; every byte is verified. The digest stays.",
  args: {
    source: { syntax: "<source>", description: "where from" },
    destination: { syntax: "<destination>", description: "where to" },
  },
  options: {
    platform: {
      flags: "--platform <os/arch>",
      description: "only this image of an index",
      parse: parsePlatform,
    },
    referrers: {
      flags: "--referrers",
      description: "also what refers to the image, such as signatures and grants",
    },
  },
  examples: [
    {
      text: "Push a saved image to a registry",
      command: "apoc image copy docker-archive:app.tar docker://registry.example/app:1",
    },
    {
      text: "Keep an image of a registry as one file",
      command: "apoc image copy docker://registry.example/app:1 oci-archive:app.tar:1",
    },
  ],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [{ copy }, { describeImage }, { printWritten, readFrom, writeTo }] = await Promise.all([
      import("@apoc/oci"),
      import("../../image/describe-image.ts"),
      import("./transfer.ts"),
    ]);
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
  },
});
