import { readAll } from "@apoc/oci";
import type { Context, RunResult } from "@apoc/terminal";
import { describeImage } from "../../image/describe-image.ts";
import { readFrom } from "./transfer.ts";

interface Input {
  readonly args: { readonly source: string };
  readonly options: { readonly raw: boolean };
}

/** Runs `apoc image inspect`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
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
      ...image.others.map((other) => `Others    ${other.mediaType}  ${other.digest}`),
    ].join("\n"),
  );
}

function shorten(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}
