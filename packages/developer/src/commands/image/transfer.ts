import type { Descriptor } from "@apoc/oci";
import { openDestination, type OpenedDestination, type OpenedSource, openSource } from "@apoc/oci/node";
import { type Context, ipfsSettings } from "@apoc/terminal";

/** What an image gets where no tag is named. */
const usualTag = "latest";

type Settings = Pick<Context, "config" | "flags" | "cwd" | "signal">;

/** Opens what a user named as the source of an image. */
export async function readFrom(ctx: Settings, source: string): Promise<OpenedSource> {
  return openSource(source, { ipfs: await ipfsSettings(ctx) });
}

/**
 * Has an image written to a destination, tagged there. When it fails, nothing incomplete is left under the name: an
 * archive is removed, and no tag is moved.
 */
export async function writeTo(
  ctx: Settings,
  destination: string,
  write: (target: OpenedDestination["target"]) => Promise<Descriptor>,
): Promise<{ readonly root: Descriptor; readonly tag: string; readonly name: string | undefined }> {
  const { api } = await ipfsSettings(ctx);
  const { signal, cwd } = ctx;
  const opened = await openDestination(destination, { cwd, kubo: { api, signal } });
  const tag = opened.tag ?? usualTag;
  try {
    const root = await write(opened.target);
    if (opened.tag !== undefined || opened.transport !== "docker-archive") await opened.target.tag(root, tag);
    return { root, tag, name: await opened.finish() };
  } catch (error) {
    await opened.discard();
    throw error;
  }
}

/** What a command that wrote an image prints: the digest, or the name that says more. */
export function printWritten(
  { output }: Pick<Context, "output">,
  { root, tag, name }: Awaited<ReturnType<typeof writeTo>>,
  more: object = {},
): void {
  const { digest, mediaType } = root;
  const value = { digest, mediaType, tag, ...(name === undefined ? {} : { reference: name }), ...more };
  output.result(value, name === undefined ? digest : `${name}@${digest}`);
}
