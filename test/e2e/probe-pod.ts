import { readFile, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { buildImage, findBusybox } from "@apoc/devnet/images";
import { copy, RemoteRepository } from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";
import type { Role, Stage } from "apoc/demo";

/** PID 1 of the probe: serves on the port in its first argument, writes what it is told to, crashes when told to. */
const run = `#!/bin/busybox sh
trap 'exit 0' TERM
echo "$@" > /scratch/args
echo "started with $# arguments"
/bin/busybox httpd -p "$1" -h /www
while :; do
  if [ -e /scratch/say ]; then /bin/busybox cat /scratch/say; /bin/busybox rm /scratch/say; fi
  if [ -e /scratch/crash ]; then /bin/busybox rm /scratch/crash; exit 3; fi
  /bin/busybox sleep 0.2
done
`;
const cgi = (body: string) => `#!/bin/busybox sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
${body}
`;
const scripts: Readonly<Record<string, string>> = {
  env: cgi("/bin/busybox env"),
  cat: cgi('/bin/busybox cat "$QUERY_STRING"'),
  note: cgi('echo "$QUERY_STRING" >> /data/notes; echo kept'),
  say: cgi(
    'echo "$QUERY_STRING" > /scratch/say.new; /bin/busybox mv /scratch/say.new /scratch/say; echo said',
  ),
  crash: cgi("/bin/busybox touch /scratch/crash; echo crashing"),
  address: cgi("/bin/busybox ip -4 -o addr show"),
  fetch: cgi(
    '/bin/busybox timeout 3 /bin/busybox wget -q -O - "http://$QUERY_STRING/cgi-bin/cat?/scratch/args" || echo unreachable',
  ),
};

/** Pushes the probe, a publisher's own image, and gives its reference. Content differs with `salt`. */
export async function pushProbe(stage: Stage, registry = stage.registry.host, salt = ""): Promise<string> {
  const busybox = await readFile(await findBusybox(process.env["APOC_TOOLS"]));
  const layout = join(stage.directory, `probe${salt}`);
  const files = [
    { path: "/bin/busybox", mode: 0o755, content: busybox },
    { path: "/bin/sh", link: "busybox" },
    { path: "/app/run", mode: 0o555, content: run },
    { path: "/app/salt", content: salt },
    ...Object.entries(scripts).map(([name, content]) => ({
      path: `/www/cgi-bin/${name}`,
      mode: 0o555,
      content,
    })),
  ];
  await buildImage(
    { files, config: { entrypoint: ["/app/run"], cmd: ["8080"], user: "65534:65534" } },
    layout,
  );
  const reference = `${registry}/pia/probe${salt}:1.0`;
  await copy(await openLayout(layout), "latest", new RemoteRepository({ reference }), { tags: ["1.0"] });
  return reference;
}

/** Writes the manifest of a pod with one probe that uses everything a manifest can say; `mode` is a plain variable. */
export async function writeProbe(role: Role, name: string, image: string, mode = "fast"): Promise<string> {
  const file = join(role.directory, `${name}.yaml`);
  await writeFile(
    file,
    `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  containers:
    - name: probe
      image: ${image}
      args: ["9090", "pod ${name}"]
      env:
        - { name: MODE, value: ${mode} }
        - { name: PASSWORD, valueFrom: { secretKeyRef: { name: db, key: password } } }
      ports: [{ name: http, containerPort: 9090 }]
      volumeMounts:
        - { name: scratch, mountPath: /scratch }
        - { name: data, mountPath: /data }
        - { name: keys, mountPath: /keys }
      resources: { limits: { cpu: 100m, memory: 32Mi } }
  volumes:
    - { name: scratch, emptyDir: {} }
    - { name: data, persistent: { size: 16Mi } }
    - { name: keys, secret: { secretName: db, items: [{ key: token, path: token.txt }] } }
---
apiVersion: v1
kind: Secret
metadata: { name: db }
stringData: { password: ${secrets.password}, token: ${secrets.token} }
`,
  );
  return file;
}

/** The secrets of every probe. */
export const secrets = { password: "correct-horse-battery", token: "staple-0f1e2d3c4b5a" } as const;

/** Asks a probe through the ingress: `script?query`. Gives the body, or the status where it is not 200. */
export function askProbe(address: string, path: string): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve(error.message);
    const request = get(
      {
        host: "127.0.0.1",
        port,
        path: `/cgi-bin/${path}`,
        headers: { host: `${hostname}:${port}` },
        timeout: 10_000,
        agent: false,
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => (body += text));
        response.on("end", () =>
          resolve(response.statusCode === 200 ? body : `status ${response.statusCode}`),
        );
        response.on("error", failed);
      },
    );
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", failed);
  });
}
