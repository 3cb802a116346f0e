import { ApocError } from "@apoc/errors";
import { pack, type Header } from "tar-stream";
import { devnetErrors } from "../errors.ts";

/**
 * One entry of a layer. `path` is absolute inside the image; missing parent folders are added with mode 0755.
 * Exactly one of `content`, `link` (a symbolic link's target) and `directory` says what it is.
 */
export interface ImageFile {
  readonly path: string;
  /** Permission bits; default 0644, folders 0755. */
  readonly mode?: number;
  /** Numeric owner and group; default 0. */
  readonly uid?: number;
  readonly gid?: number;
  readonly content?: Uint8Array | string;
  readonly link?: string;
  readonly directory?: true;
}

/**
 * The layer as an uncompressed tar whose bytes depend on the entries only: sorted, no times, no names of users.
 * Throws `IMAGE_FILE_INVALID`. Follows image-spec, layer.md.
 */
export async function layerTar(files: readonly ImageFile[]): Promise<Uint8Array> {
  const entries = new Map<string, ImageFile>();
  for (const file of files) {
    const path = checked(file).path.slice(1);
    if (entries.get(path)?.directory !== true && entries.has(path)) invalid(file, "each path once");
    entries.set(path, file);
    for (let parent = parentOf(path); parent !== ""; parent = parentOf(parent)) {
      if (!entries.has(parent)) entries.set(parent, { path: `/${parent}`, directory: true });
    }
  }
  const tar = pack();
  const chunks: Uint8Array[] = [];
  tar.on("data", (chunk) => void chunks.push(chunk as Uint8Array));
  const ended = new Promise<void>((resolve, reject) => tar.once("end", resolve).once("error", reject));
  for (const path of [...entries.keys()].toSorted()) {
    const file = entries.get(path) as ImageFile;
    tar.entry(
      headerOf(path, file),
      file.content === undefined ? "" : Buffer.from(file.content as Uint8Array),
    );
  }
  tar.finalize();
  await ended;
  return Buffer.concat(chunks);
}

function headerOf(path: string, file: ImageFile): Partial<Header> & Pick<Header, "name"> {
  const common = { mtime: new Date(0), uid: file.uid ?? 0, gid: file.gid ?? 0, uname: "", gname: "" };
  if (file.directory === true)
    return { ...common, name: `${path}/`, type: "directory", mode: file.mode ?? 0o755 };
  if (file.link !== undefined)
    return { ...common, name: path, type: "symlink", linkname: file.link, mode: 0o777 };
  return { ...common, name: path, type: "file", mode: file.mode ?? 0o644 };
}

function checked(file: ImageFile): ImageFile {
  const kinds = [file.content, file.link, file.directory].filter((kind) => kind !== undefined).length;
  if (kinds !== 1) invalid(file, "one of content, link and directory");
  if (!/^(\/[^/\0]+)+$/.test(file.path) || /\/\.\.?(\/|$)/.test(file.path))
    invalid(file, "an absolute, normal path");
  if (file.mode !== undefined && (file.mode < 0 || file.mode > 0o7777)) invalid(file, "a mode up to 07777");
  return file;
}

function invalid(file: ImageFile, expected: string): never {
  throw new ApocError(devnetErrors.IMAGE_FILE_INVALID, { field: file.path, expected });
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
