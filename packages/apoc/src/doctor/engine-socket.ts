import { request } from "node:http";
import { join } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

const answerMilliseconds = 3000;

/** Sockets where a container engine may answer, likeliest first. */
export function engineSockets(env: Env): string[] {
  if (env["DOCKER_HOST"]) return [env["DOCKER_HOST"]];
  const runtime = env["XDG_RUNTIME_DIR"];
  const paths = ["/var/run/docker.sock", "/run/podman/podman.sock"];
  if (runtime) paths.push(join(runtime, "docker.sock"), join(runtime, "podman", "podman.sock"));
  return paths.map((path) => `unix://${path}`);
}

/** First socket that answers the Docker Engine API's ping, with what it says of itself. An installed client proves nothing. */
export async function findEngine(env: Env): Promise<{ readonly socket: string; readonly server: string }> {
  const sockets = engineSockets(env);
  for (const socket of sockets) {
    const server = await ping(socket).catch(() => undefined);
    if (server !== undefined) return { socket, server };
  }
  throw new Error(`none answers at ${sockets.join(", ")}`);
}

async function ping(socket: string): Promise<string> {
  const url = new URL(socket);
  const target =
    url.protocol === "unix:" ? { socketPath: url.pathname } : { host: url.hostname, port: url.port };
  return new Promise((resolve, reject) => {
    const call = request({ ...target, path: "/_ping", timeout: answerMilliseconds }, (answer) => {
      answer.resume();
      if (answer.statusCode === 200) resolve(String(answer.headers["server"] ?? "Docker Engine API"));
      else reject(new Error(`HTTP ${answer.statusCode}`));
    });
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.on("error", reject);
    call.end();
  });
}
