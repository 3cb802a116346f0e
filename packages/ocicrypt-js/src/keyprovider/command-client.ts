import { spawn } from "node:child_process";
import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "../errors.ts";
import { messageLimit } from "./protocol.ts";

/** A program without shell: its path and arguments. */
export interface ProviderCommand {
  readonly path: string;
  readonly args: readonly string[];
}

/**
 * Runs the command once: request on stdin, result on stdout. It is killed when the signal aborts or it writes more than
 * a message may have.
 * @throws KEY_PROVIDER_UNREACHABLE, KEY_PROVIDER_REFUSED with what it wrote to stderr, KEY_PROVIDER_MESSAGE
 */
export function callCommand(
  { path, args }: ProviderCommand,
  request: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const child = spawn(path, args, { shell: false, stdio: ["pipe", "pipe", "pipe"] });
    const output: Buffer[] = [];
    const complaint: Buffer[] = [];
    let [size, complained] = [0, 0];
    let failure: unknown;
    const stop = (reason: unknown) => {
      failure ??= reason;
      child.kill("SIGKILL");
    };
    const abort = () => stop(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= messageLimit) return output.push(chunk);
      return stop(
        new ApocError(ocicryptErrors.KEY_PROVIDER_MESSAGE, {
          field: path,
          expected: `at most ${messageLimit} bytes`,
          actual: "more",
        }),
      );
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (complained < 4096) complaint.push(chunk);
      complained += chunk.length;
    });
    // A command that does not read its request may still answer.
    child.stdin.on("error", () => {});
    child.stdin.end(request);
    child.once("error", (cause) => {
      failure ??= new ApocError(ocicryptErrors.KEY_PROVIDER_UNREACHABLE, { field: path, cause });
      signal.removeEventListener("abort", abort);
      reject(failure as Error);
    });
    child.once("close", (code, killedBy) => {
      signal.removeEventListener("abort", abort);
      if (failure !== undefined) return reject(failure as Error);
      if (code === 0) return resolve(Buffer.concat(output));
      return reject(
        new ApocError(ocicryptErrors.KEY_PROVIDER_REFUSED, {
          field: path,
          actual: code === null ? `signal ${killedBy}` : `exit code ${code}`,
          detail: Buffer.concat(complaint).toString("utf8").trim().slice(0, 500) || undefined,
        }),
      );
    });
  });
}
