import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { fromHex, toBase64 } from "@apoc/encoding";
import { ApocError, isApocError } from "@apoc/errors";
import { z } from "zod";
import { devnetErrors } from "../errors.ts";
import {
  createDevelopmentTee,
  type DevelopmentTee,
  type DevelopmentTeeOptions,
  keyFields,
} from "./development-tee.ts";

/** Devices by which a kernel offers a real TEE to its guest. */
const hardware = ["/dev/sev-guest", "/dev/tdx_guest", "/dev/tdx-guest"];
const bodyLimit = 4096;

/** Where to serve, and what. */
export interface ServeDevelopmentTeeOptions extends DevelopmentTeeOptions {
  /** Path of the unix socket; made with mode 0600. */
  readonly socketPath: string;
  /** Paths whose presence tells a real TEE. */
  readonly hardware?: readonly string[];
}

/** A development TEE that is being served. */
export interface ServedDevelopmentTee {
  readonly tee: DevelopmentTee;
  readonly socketPath: string;
  close(): Promise<void>;
}

/**
 * Serves a development TEE as HTTP over a unix socket (docs/spec/evidence.md, "Development attester").
 * Throws `TEE_BESIDE_HARDWARE` on a machine with a real TEE, `TEE_SOCKET` when somebody serves there already.
 */
export async function serveDevelopmentTee(
  options: ServeDevelopmentTeeOptions,
): Promise<ServedDevelopmentTee> {
  const present = (options.hardware ?? hardware).find((path) => existsSync(path));
  if (present !== undefined) throw new ApocError(devnetErrors.TEE_BESIDE_HARDWARE, { actual: present });
  const { socketPath } = options;
  if (await isServed(socketPath)) {
    throw new ApocError(devnetErrors.TEE_SOCKET, {
      field: socketPath,
      expected: "a free path",
      actual: "a live socket",
    });
  }
  const tee = createDevelopmentTee(options);
  const server = createServer((request, response) => {
    void answer(tee, request).then(({ status, body }) => {
      response.writeHead(status, {
        "content-type": "application/json",
        "cache-control": "no-store",
        connection: "close",
      });
      response.end(JSON.stringify(body));
    });
  });
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  await listenPrivately(server, socketPath);
  return {
    tee,
    socketPath,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(socketPath, { force: true });
    },
  };
}

/** Binds in a private folder and moves the socket into place, so that it is never open to others, not for a moment. */
async function listenPrivately(server: Server, socketPath: string): Promise<void> {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(dirname(socketPath), ".tee-"));
    const path = join(folder, "s");
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
    renameSync(path, socketPath);
  } catch (cause) {
    server.close();
    throw new ApocError(devnetErrors.TEE_SOCKET, { field: socketPath, cause });
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

const reportRequest = z.strictObject({
  reportData: z.string().regex(/^[0-9a-f]{128}$/, "expected 64 bytes in lower-case hexadecimal"),
});
const keyRequest = z.strictObject({
  select: z
    .array(z.enum(keyFields))
    .refine((names) => new Set(names).size === names.length, "expected no duplicates"),
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const routes = new Map<string, (tee: DevelopmentTee, body: unknown) => unknown>([
  ["/v1/report", report],
  ["/v1/derived-key", derivedKey],
]);

async function answer(tee: DevelopmentTee, request: IncomingMessage): Promise<Answer> {
  try {
    const route = routes.get(request.url ?? "");
    if (route === undefined) return refuse(404, "path", "/v1/report or /v1/derived-key");
    if (request.method !== "POST") return refuse(405, "method", "POST");
    if (request.headers["content-type"] !== "application/json")
      return refuse(415, "content-type", "application/json");
    const text = await readBody(request);
    if (text === undefined) return refuse(413, "body", `at most ${bodyLimit} bytes`);
    return { status: 200, body: route(tee, JSON.parse(text)) };
  } catch (error) {
    if (isApocError(error)) return { status: 400, body: error.toJSON() };
    if (error instanceof z.ZodError)
      return refuse(
        400,
        error.issues[0]?.path.map(String).join(".") || "body",
        error.issues[0]?.message ?? "",
      );
    return refuse(400, "body", "JSON");
  }
}

function report(tee: DevelopmentTee, body: unknown): unknown {
  const { reportData } = reportRequest.parse(body);
  const { vek, intermediate, root } = tee.certificates;
  const certificates = { vek: toBase64(vek), intermediate: toBase64(intermediate), root: toBase64(root) };
  return { report: toBase64(tee.report(fromHex(reportData))), certificates };
}

function derivedKey(tee: DevelopmentTee, body: unknown): unknown {
  return { key: toBase64(tee.deriveKey(new Set(keyRequest.parse(body).select))) };
}

function refuse(status: number, field: string, expected: string): Answer {
  return { status, body: new ApocError(devnetErrors.TEE_REQUEST, { field, expected }).toJSON() };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
