import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { providerErrors } from "../../errors.ts";
import { createEngineClient } from "./engine-client.ts";

/** Identification of an engine. */
export interface EngineInfo {
  readonly name: "docker" | "podman";
  readonly version: string;
  /** Path of its unix socket. */
  readonly socket: string;
  /** Whether it runs without root's rights. */
  readonly rootless: boolean;
  /** OCI name of the processor, or the kernel's. */
  readonly architecture: string;
  /** Prefix of API paths: `/v1.41`. */
  readonly apiPrefix: string;
  /** Whether swap is accounted for; without it a limit on it is dropped by the engine. */
  readonly swapLimit: boolean;
  /** Whether the engine's networks are on this machine's side, so that a container's address can be reached. */
  readonly reachable: boolean;
}

const versionAnswer = z.object({
  Version: z.string(),
  ApiVersion: z.string().regex(/^\d+\.\d+$/),
  MinAPIVersion: z
    .string()
    .regex(/^\d+\.\d+$/)
    .optional(),
  Arch: z.string(),
  Components: z.array(z.object({ Name: z.string() })).optional(),
});

const infoAnswer = z.object({
  SwapLimit: z.boolean().optional(),
  SecurityOptions: z.array(z.string()).nullish(),
  Rootless: z.boolean().optional(),
});

/**
 * Where an engine's socket may be, most specific first. `DOCKER_HOST` alone counts when it is set. Throws
 * `ENGINE_ADDRESS_UNSUPPORTED` for a `DOCKER_HOST` that is no unix socket: an engine elsewhere would run the pods
 * on a machine that was not attested.
 */
export function engineSocketCandidates(env: NodeJS.ProcessEnv): readonly string[] {
  const named = env["DOCKER_HOST"];
  if (named !== undefined && named !== "") {
    if (named.startsWith("unix:///")) return [named.slice("unix://".length)];
    throw new ApocError(providerErrors.ENGINE_ADDRESS_UNSUPPORTED, {
      field: "DOCKER_HOST",
      expected: "unix:///path/of/socket",
      actual: named,
      next: { action: "unset-variable", subject: "DOCKER_HOST" },
    });
  }
  const runtimeDir = env["XDG_RUNTIME_DIR"];
  const home = env["HOME"];
  return [
    "/var/run/docker.sock",
    "/run/podman/podman.sock",
    ...(runtimeDir === undefined ? [] : [`${runtimeDir}/docker.sock`, `${runtimeDir}/podman/podman.sock`]),
    ...(home === undefined ? [] : [`${home}/.docker/run/docker.sock`]),
  ];
}

/**
 * The first engine that answers. A binary, or a socket file without a listener, is no engine. Throws
 * `ENGINE_NOT_FOUND` or `ENGINE_ADDRESS_UNSUPPORTED`.
 */
export async function findEngineSocket(env: NodeJS.ProcessEnv = process.env): Promise<EngineInfo> {
  const candidates = engineSocketCandidates(env);
  for (const socket of candidates) {
    const info = await probeEngine(socket).catch(() => undefined);
    if (info !== undefined) return info;
  }
  throw new ApocError(providerErrors.ENGINE_NOT_FOUND, {
    field: candidates.join(", "),
    next: { action: "start-engine" },
  });
}

/** Identifies the engine at a socket: `/_ping`, `/version` and `/info` must answer. */
export async function probeEngine(socket: string): Promise<EngineInfo> {
  const plain = createEngineClient(socket, "");
  await plain.call("GET", "/_ping", { timeout: 5_000 });
  const version = parseAnswer("GET /version", versionAnswer, (await plain.call("GET", "/version")).body);
  const apiPrefix = `/v${apiVersion(version.ApiVersion, version.MinAPIVersion)}`;
  const info = parseAnswer("GET /info", infoAnswer, (await plain.call("GET", `${apiPrefix}/info`)).body);
  const isPodman = version.Components?.some(({ Name }) => Name === "Podman Engine") === true;
  const rootless =
    info.Rootless === true ||
    info.SecurityOptions?.some((option) => option.startsWith("name=rootless")) === true;
  return {
    name: isPodman ? "podman" : "docker",
    version: version.Version,
    socket,
    rootless,
    architecture: version.Arch,
    apiPrefix,
    swapLimit: info.SwapLimit !== false,
    // On another system than Linux the engine lives in a virtual machine.
    reachable: !rootless && process.platform === "linux",
  };
}

/** The API this runtime was written against is 1.41; newer engines drop old versions, so their minimum counts. */
function apiVersion(newest: string, oldest = "1.0"): string {
  const spoken = "1.41";
  if (minor(spoken) < minor(oldest)) return oldest;
  return minor(spoken) > minor(newest) ? newest : spoken;
}

function minor(version: string): number {
  return Number(version.split(".")[1]);
}

/** Validates an answer of the engine; throws `ENGINE_ANSWER_INVALID` naming the member. Unknown members are fine. */
export function parseAnswer<T>(operation: string, schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ApocError(providerErrors.ENGINE_ANSWER_INVALID, {
    field: `${operation}: ${issue?.path.join(".") ?? ""}`,
    ...(issue === undefined ? {} : { detail: issue.message }),
  });
}
