import { apiErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";

/** Reads a JSON body as the exact bytes that came. @throws CONTENT_TYPE, BODY_TOO_LARGE */
export async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json") {
    throw new ApocError(apiErrors.CONTENT_TYPE, {
      field: "content-type",
      expected: "application/json",
      actual: type.slice(0, 100) || "nothing",
    });
  }
  const tooLarge = () =>
    new ApocError(apiErrors.BODY_TOO_LARGE, { field: "body", expected: `at most ${limit} bytes` });
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
