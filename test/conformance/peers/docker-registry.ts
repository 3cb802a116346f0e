import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Debian's docker-registry 2.8, a server that knows neither referrers nor `OCI-Subject`. */
export interface DockerRegistry {
  /** `127.0.0.1:port` */
  readonly host: string;
  close(): Promise<void>;
}

const program = "docker-registry";

/** Whether it is installed. In CI it must be; elsewhere the tests with it are left out with a message. */
export async function dockerRegistryPresent(): Promise<boolean> {
  const folders = (process.env["PATH"] ?? "").split(":");
  for (const folder of folders) {
    const found = await access(join(folder, program)).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  if (process.env["CI"] !== undefined && process.env["CI"] !== "") return true;
  process.stderr.write(`${program} is not tested: it is not installed (apt-get install ${program})\n`);
  return false;
}

/** Starts one on a free port of the loopback interface, with its blobs below `folder`. */
export async function startDockerRegistry(folder: string): Promise<DockerRegistry> {
  const port = await freePort();
  const config = join(folder, "docker-registry.yml");
  await writeFile(
    config,
    [
      "version: 0.1",
      "log: { level: error, accesslog: { disabled: true } }",
      `storage: { filesystem: { rootdirectory: ${JSON.stringify(join(folder, "docker-registry"))} }, delete: { enabled: true } }`,
      `http: { addr: "127.0.0.1:${port}" }`,
      "",
    ].join("\n"),
  );
  // It logs every 404 as an error.
  const child = spawn(program, ["serve", config], { stdio: "ignore" });
  const ended = once(child, "exit");
  const host = `127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt++) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer?.status === 200) break;
    if (attempt > 200) {
      child.kill();
      throw new Error(`${program} does not answer on ${host}`);
    }
    await sleep(50);
  }
  return {
    host,
    async close() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
