import type { UploadWindow } from "../upload-window.ts";
import type { StreamedBody } from "./streamed-body.ts";

/** A body of the content from an offset to its end: the registry gets it while the next bytes are read and hashed. */
export function streamBody(content: UploadWindow, from: number): StreamedBody | undefined {
  const { total } = content;
  return {
    size: total - from,
    open(onPiece) {
      let at = from;
      let cancelled = false;
      const source: UnderlyingDefaultSource<Uint8Array> = {
        async pull(controller) {
          const piece = await content.read(at);
          if (cancelled) return;
          onPiece();
          at += piece.length;
          controller.enqueue(piece);
          if (at === total) controller.close();
        },
        cancel() {
          cancelled = true;
        },
      };
      return new ReadableStream(source, { highWaterMark: 0 });
    },
  };
}
