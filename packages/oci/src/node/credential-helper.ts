import { spawn } from "node:child_process";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { Credentials } from "../remote/credentials.ts";
import { parseStrictJson } from "../json-document.ts";

/** Most output of a helper, in bytes. */
const outputLimit = 256 * 1024;

/**
 * Asks `docker-credential-<name>` for the credentials of a server by the protocol of docker's credential helpers:
 * server address in, JSON out. A helper that has no entry, or is not installed, gives `undefined`.
 * @throws CREDENTIALS_INVALID for one that takes too long, or says something else
 */
export async function runCredentialHelper(
  name: string,
  server: string,
  milliseconds: number,
): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`;
  const output = await run(program, server, milliseconds);
  return output === undefined ? undefined : parseHelperOutput(output, program);
}

/**
 * Decodes what a helper says.
 * @throws CREDENTIALS_INVALID
 */
export function parseHelperOutput(bytes: Uint8Array, field: string): Credentials {
  let document: unknown;
  try {
    document = parseStrictJson(bytes, { field, limit: outputLimit });
  } catch (cause) {
    throw new ApocError(ociErrors.CREDENTIALS_INVALID, { field, expected: "a JSON document", cause });
  }
  const { Username, Secret } = (document ?? {}) as { Username?: unknown; Secret?: unknown };
  if (typeof Username !== "string" || typeof Secret !== "string" || Secret === "") {
    throw new ApocError(ociErrors.CREDENTIALS_INVALID, { field, expected: "Username and Secret" });
  }
  return Username === "<token>" ? { identityToken: Secret } : { username: Username, password: Secret };
}

function run(program: string, input: string, milliseconds: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    // In a group of its own, so that what it starts ends with it.
    const child = spawn(program, ["get"], { stdio: ["pipe", "pipe", "ignore"], detached: true });
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (settle: () => void) => {
      clearTimeout(timer);
      child.stdout.destroy();
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        try {
          process.kill(-child.pid, "SIGKILL");
        } catch {
          // it ended by itself in this moment
        }
      }
      settle();
    };
    const refuse = (expected: string) =>
      end(() => reject(new ApocError(ociErrors.CREDENTIALS_INVALID, { field: program, expected })));
    const timer = setTimeout(() => refuse(`an answer in ${milliseconds} ms`), milliseconds);
    child.on("error", () => end(() => resolve(undefined)));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > outputLimit) refuse(`at most ${outputLimit} bytes`);
    });
    // A helper that has no entry ends with an error.
    child.on("close", (code) => end(() => resolve(code === 0 ? Buffer.concat(chunks) : undefined)));
  });
}
