import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";

/** Answers of Docker 20.10 for a pod of one container, with placeholders for ids. */
interface Answers {
  readonly version: unknown;
  readonly info: unknown;
  /** Entries of the list of containers. */
  readonly pause: unknown;
  readonly program: unknown;
  readonly inspection: unknown;
}

/** An engine that runs nothing and answers for any number of pods what Docker answered for one. */
export interface ModelEngine {
  readonly socket: string;
  /** Sets the pods that run, with one container each; they belong to every client. */
  run(podIds: readonly string[]): void;
  /** Requests since the last call, by method and path without ids. */
  requests(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const recorded = readFileSync(new URL("./docker-answers.json", import.meta.url), "utf8");

/** Serves the part of the Docker Engine API that a provider with unchanging pods uses, on a unix socket. */
export async function startModelEngine(socket: string): Promise<ModelEngine> {
  const answers = JSON.parse(recorded) as Answers;
  let pods: readonly string[] = [];
  let asked = new Map<string, number>();
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://engine");
    const path = url.pathname.replace(/^\/v[\d.]+/, "");
    const name = `${request.method} ${path.replace(/[0-9a-f]{64}/, "{id}")}`;
    asked.set(name, (asked.get(name) ?? 0) + 1);
    const instance = instanceOf(url.searchParams.get("filters"));
    const send = (body: unknown) => response.end(JSON.stringify(body));
    switch (name) {
      case "GET /_ping":
        return response.end("OK");
      case "GET /version":
        return send(answers.version);
      case "GET /info":
        return send(answers.info);
      case "GET /networks":
      case "GET /images/json":
        return send([]);
      case "GET /containers/json":
        return response.end(`[${pods.map((pod) => listed(answers, pod, instance)).join(",")}]`);
      case "GET /containers/{id}/json":
        return response.end(
          fill(answers.inspection, pods.find((pod) => path.includes(containerId(pod))) ?? "", instance),
        );
      case "GET /events":
        // There are no events.
        response.writeHead(200).flushHeaders();
        return open.add(response);
      default:
        return response.writeHead(404).end();
    }
  });
  server.listen(socket);
  await once(server, "listening");
  return {
    socket,
    run: (podIds) => (pods = podIds),
    requests() {
      const all = asked;
      asked = new Map();
      return all;
    },
    async close() {
      for (const response of open) response.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The instance label that the client asks for. */
function instanceOf(filters: string | null): string {
  const { label = [] } = JSON.parse(filters ?? "{}") as { label?: string[] };
  return label.find((each) => each.startsWith("network.apocryph.instance="))?.split("=")[1] ?? "";
}

function listed({ pause, program }: Answers, pod: string, instance: string): string {
  return `${fill(pause, pod, instance)},${fill(program, pod, instance)}`;
}

function fill(answer: unknown, pod: string, instance: string): string {
  return JSON.stringify(answer)
    .replaceAll("POD_ID", pod)
    .replaceAll("SHORT_ID", pod.slice(2, 22))
    .replaceAll("PAUSE_ID", idOf(`pause ${pod}`))
    .replaceAll("CONTAINER_ID", containerId(pod))
    .replaceAll("INSTANCE", instance);
}

function containerId(pod: string): string {
  return idOf(`container ${pod}`);
}

function idOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
