import type { Descriptor } from "@apoc/oci";
import { openDestination, type OpenedDestination } from "@apoc/oci/node";
import type { Context } from "@apoc/terminal";

/** What an image gets where no tag is named. */
const usualTag = "latest";

/**
 * Has an image written to a destination, tagged there. When it fails, nothing incomplete is left under the name: an
 * archive is removed, and no tag is moved.
 */
export async function writeTo(
  ctx: Pick<Context, "cwd">,
  destination: string,
  write: (target: OpenedDestination["target"]) => Promise<Descriptor>,
): Promise<{ readonly root: Descriptor; readonly tag: string }> {
  const opened = await openDestination(destination, { cwd: ctx.cwd });
  const tag = opened.tag ?? usualTag;
  try {
    const root = await write(opened.target);
    if (opened.tag !== undefined || opened.transport !== "docker-archive") await opened.target.tag(root, tag);
    await opened.finish();
    return { root, tag };
  } catch (error) {
    await opened.discard();
    throw error;
  }
}
