import { request } from "node:http";

/** Sends a request to an engine and returns the body of a 2xx answer. @throws on other statuses and without an answer */
export function askEngine(
  socketPath: string,
  method: "GET" | "DELETE",
  path: string,
  timeout = 60_000,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // Node sends no length on DELETE, and podman then takes the request and does nothing.
    const headers = { Host: "engine", "Content-Length": 0 };
    const outgoing = request({ socketPath, method, path, headers, timeout }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (text: string) => (body += text));
      answer.once("error", reject);
      answer.once("end", () => {
        if ((answer.statusCode ?? 500) < 300) resolve(body);
        else reject(new Error(`${method} ${path}: ${answer.statusCode} ${body.slice(0, 500)}`));
      });
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
    outgoing.once("error", reject);
    outgoing.end();
  });
}

/** Whether an engine answers: a socket file may have no listener. */
export async function isAnswering(socket: string): Promise<boolean> {
  const version = await askEngine(socket, "GET", "/version", 10_000).catch(() => "");
  return version.includes('"ApiVersion"');
}

/** Ids of all objects in a list of the engine; none if it does not answer. */
export async function listIds(socket: string, path: string): Promise<readonly string[]> {
  try {
    const objects = JSON.parse(await askEngine(socket, "GET", path)) as { Id?: string; ID?: string }[];
    return objects.flatMap(({ Id, ID }) => Id ?? ID ?? []);
  } catch {
    return [];
  }
}
