import { ApocError } from "@apoc/errors";
import { admissionErrors } from "../errors.ts";
import { type PodLogLine, podLogLineSchema } from "./log-lines.ts";

/** Largest answer that is read into memory. */
const maxAnswerBytes = 4 * 1024 * 1024;

/** Longest line of a log that is read into memory, in UTF-16 units: the engine's 256 KiB, escaped. */
const maxLogLine = 2 * 1024 * 1024;

/** Reads the text of an answer. @throws PROVIDER_ANSWER where it is too large */
export async function readText(response: Response, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxAnswerBytes) {
      throw new ApocError(admissionErrors.PROVIDER_ANSWER, {
        field: path,
        expected: `at most ${maxAnswerBytes} bytes`,
        actual: "more",
      });
    }
    chunks.push(chunk);
  }
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}

/** Reads an answer of JSON lines as it arrives. @throws PROVIDER_ANSWER where a line is not one of a log, or too long */
export async function* readLogLines(response: Response): AsyncGenerator<PodLogLine> {
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line !== "") yield parseLogLine(line);
    if (rest.length > maxLogLine) throw badLine(`at most ${maxLogLine} characters a line`);
  }
}

function parseLogLine(text: string): PodLogLine {
  const line = podLogLineSchema.safeParse(parseJson(text));
  if (line.success) return line.data;
  throw badLine("lines {container, stream, time, text}");
}

function badLine(expected: string): ApocError {
  return new ApocError(admissionErrors.PROVIDER_ANSWER, {
    field: "logs",
    expected,
    actual: "something else",
  });
}

/** Value of a JSON text; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
