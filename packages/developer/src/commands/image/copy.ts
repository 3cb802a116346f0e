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
    const [{ copy }, { printWritten, readFrom, writeTo }] = await Promise.all([
      import("@apoc/oci"),
      import("./transfer.ts"),
    ]);
    const { source, reference } = await readFrom(ctx, args.source);
    const progress = ctx.ui.progress("Copied");
    let counts = { copied: 0, mounted: 0, skipped: 0, bytes: 0 };
    const written = await writeTo(ctx, args.destination, async (target) => {
      const result = await copy(source, reference, target, {
        ...(options.platform === undefined ? {} : { platform: options.platform }),
        signal: ctx.signal,
        onProgress: ({ kind, descriptor }) => {
          if (kind === "started" || kind === "progress") return;
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
