import { z } from "zod";
import type { LogLine } from "../runtime/index.ts";

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** Query of `GET /v1/pods/{id}/logs`; unknown names are errors. */
export const logQuerySchema = z
  .strictObject({
    container: z.string().max(63).optional(),
    tail: z
      .string()
      .regex(/^\d{1,6}$/, "a number of lines")
      .transform(Number)
      .optional(),
    since: z.iso.datetime({ offset: true }).optional(),
    follow: flag.optional(),
  })
  .transform(
    (query) =>
      Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as LogQuery,
  );

interface LogQuery {
  readonly container?: string;
  readonly tail?: number;
  readonly since?: string;
  readonly follow?: boolean;
}

/** Log lines as a stream of JSON lines, as fast as the reader takes them. A reader that goes away aborts `stop`. */
export function jsonLines(lines: AsyncIterable<LogLine>, stop: AbortController): ReadableStream<Uint8Array> {
  const iterator = lines[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
      },
      async cancel() {
        stop.abort();
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
