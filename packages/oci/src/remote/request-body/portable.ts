import type { UploadWindow } from "../upload-window.ts";
import type { StreamedBody } from "./streamed-body.ts";

/** None: browsers do not stream requests over HTTP/1.1. */
export function streamBody(_content: UploadWindow, _from: number): StreamedBody | undefined {
  return undefined;
}
