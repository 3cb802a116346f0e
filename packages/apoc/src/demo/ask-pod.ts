import { createHash } from "node:crypto";
import { get } from "node:http";
import type { Program, Programs } from "./programs.ts";

/** Asks the pod through the ingress. `*.localhost` need not resolve: the request goes to loopback with the pod's host name. */
export function askPod(
  address: string,
  query: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const request = get(
      {
        host: "127.0.0.1",
        port,
        path: `/cgi-bin/books?${query}`,
        headers: { host: `${hostname}:${port}` },
        timeout: 15_000,
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => (body += text));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        response.on("error", reject);
      },
    );
    request.on("timeout", () => request.destroy(new Error("the pod does not answer")));
    request.on("error", reject);
  });
}

/** What only somebody who has the program's secret can answer. */
export function expectedStamp({ secret }: Program, query: string): string {
  return createHash("sha256").update(`${query}:${secret}`).digest("hex");
}

/** The whole answer when both licensed programs run. */
export function expectedAnswer({ ledger, reader }: Programs, query: string): string {
  return `ledger ${expectedStamp(ledger, query)}\nreader ${expectedStamp(reader, query)}\n`;
}
