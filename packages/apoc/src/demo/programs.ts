import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildImage, composeImage, findBusybox, type ImageRecipe } from "@apoc/devnet/images";

/** A licensed program of the demo: it answers `stamp?<query>` with sha256(query ":" secret). The secret is the product. */
export interface Program {
  readonly name: string;
  readonly port: number;
  readonly secret: string;
  /** OCI layout directory of the unencrypted image. */
  readonly layout: string;
}

/** What the developers and the publisher of the demo have built before it begins. */
export interface Programs {
  readonly ledger: Program;
  readonly reader: Program;
  /** The publisher's own image: it asks both licensed programs and shows their answers. */
  readonly web: string;
}

const stamp = `#!/bin/busybox sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
printf '%s' "$QUERY_STRING:$(/bin/busybox cat /app/secret)" | /bin/busybox sha256sum | /bin/busybox cut -c1-64
`;

const books = `#!/bin/busybox sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
echo "ledger $(/bin/busybox wget -q -O - "http://ledger:9001/cgi-bin/stamp?$QUERY_STRING")"
echo "reader $(/bin/busybox wget -q -O - "http://reader:9002/cgi-bin/stamp?$QUERY_STRING")"
`;

/** Builds the three images on one base layer, a static busybox; no registry is asked for anything. */
export async function buildPrograms(directory: string, toolsDirectory?: string): Promise<Programs> {
  const busybox = await readFile(await findBusybox(toolsDirectory));
  const base = await composeImage({
    files: [
      { path: "/bin/busybox", mode: 0o755, content: busybox },
      { path: "/bin/sh", link: "busybox" },
    ],
  });
  const program = async (name: string, port: number): Promise<Program> => {
    const secret = randomBytes(16).toString("hex");
    const layout = join(directory, name);
    const files: ImageRecipe["files"] = [
      { path: "/app/secret", mode: 0o444, content: `${secret}\n` },
      { path: "/app/cgi-bin/stamp", mode: 0o555, content: stamp },
    ];
    await buildImage(
      {
        base,
        files,
        config: {
          entrypoint: ["/bin/busybox", "httpd", "-f", "-h", "/app", "-p"],
          cmd: [String(port)],
          user: "65534:65534",
        },
      },
      layout,
    );
    return { name, port, secret, layout };
  };
  const web = join(directory, "web");
  const files: ImageRecipe["files"] = [{ path: "/www/cgi-bin/books", mode: 0o555, content: books }];
  await buildImage(
    {
      base,
      files,
      config: {
        entrypoint: ["/bin/busybox", "httpd"],
        cmd: ["-f", "-p", "8080", "-h", "/www"],
        user: "65534:65534",
      },
    },
    web,
  );
  return { ledger: await program("ledger", 9001), reader: await program("reader", 9002), web };
}
