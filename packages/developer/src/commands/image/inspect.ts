import { defineCommand } from "@apoc/terminal";

/** `apoc image inspect` */
export const command = defineCommand({
  description:
    "Reads manifests and configs, verified, and no layers. Shows which layers are encrypted and how their keys are wrapped.",
  args: { source: { syntax: "<source>", description: "the image" } },
  options: { raw: { flags: "--raw", description: "the manifest or index, byte for byte" } },
  examples: [
    { text: "Show an image of a registry", command: "apoc image inspect docker://registry.example/app:1" },
    { text: "Show the manifest itself", command: "apoc image inspect oci:app:1 --raw" },
  ],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [{ readAll }, { describeImage }, { readFrom }] = await Promise.all([
      import("@apoc/oci"),
      import("../../image/describe-image.ts"),
      import("./transfer.ts"),
    ]);
    const { source, reference } = await readFrom(ctx, args.source);
    if (options.raw) {
      const root = await source.resolve(reference);
      const text = new TextDecoder().decode(await readAll(source, root, { signal: ctx.signal }));
      ctx.output.result({ digest: root.digest, mediaType: root.mediaType, text }, text);
      return;
    }
    const image = await describeImage(source, reference, ctx.signal);
    ctx.output.result(image, ({ table }) =>
      [
        `Digest    ${image.digest}`,
        `Type      ${image.mediaType}`,
        ...image.images.flatMap((one) => [
          "",
          `Image     ${one.platform}  ${one.digest}`,
          `Config    ${one.config}`,
          `Command   ${JSON.stringify(one.command)}`,
          ...Object.entries(one.annotations).map(([name, value]) => `Note      ${name}: ${shorten(value)}`),
          table(one.layers, [
            { title: "LAYER", value: ({ digest }) => digest },
            { title: "BYTES", value: ({ size }) => `${size}`, align: "right" },
            { title: "KEY", value: ({ encrypted, schemes }) => (encrypted ? schemes.join(",") : "plain") },
            { title: "TYPE", value: ({ mediaType }) => mediaType },
          ]),
        ]),
        ...image.others.map((other) => `Besides   ${other.mediaType}  ${other.digest}`),
      ].join("\n"),
    );
  },
});

function shorten(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}
