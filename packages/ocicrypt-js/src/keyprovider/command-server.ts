import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "../errors.ts";
import { messageLimit } from "./protocol.ts";
import { answerRequest, type KeyProviderService } from "./service.ts";

export interface CommandStreams {
  /** `process.stdin` by default. */
  readonly input?: NodeJS.ReadableStream | undefined;
  /** `process.stdout` by default. */
  readonly output?: NodeJS.WritableStream | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Answers the one request of a `cmd` key provider: reads stdin to its end, writes the result to stdout. When it throws,
 * print the error to stderr and end with another exit code than 0; ocicrypt shows it to its user.
 * @throws KEY_PROVIDER_MESSAGE, and what the service throws
 */
export async function answerCommand(
  service: KeyProviderService,
  { input = process.stdin, output = process.stdout, signal }: CommandStreams = {},
): Promise<void> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > messageLimit) {
      throw new ApocError(ocicryptErrors.KEY_PROVIDER_MESSAGE, {
        field: "stdin",
        expected: `at most ${messageLimit} bytes`,
        actual: "more",
      });
    }
    chunks.push(chunk);
  }
  const answer = await answerRequest(service, Buffer.concat(chunks), signal ?? new AbortController().signal);
  await new Promise<void>((resolve, reject) => {
    output.write(answer, (error) => (error ? reject(error) : resolve()));
  });
}
