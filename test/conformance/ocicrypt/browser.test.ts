import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type Content, decryptLayer, encryptLayer, importPrivateKey, importPublicKey } from "ocicrypt-js";
import { expect, test } from "vitest";
import { build, type Rollup } from "vite";
import { evaluateInChromium, findChromium } from "../attestation/chromium.ts";
import type { PageResult, PageTask } from "./browser-page.ts";

const chromium = findChromium();
if (chromium === undefined && process.env["CI"] === undefined)
  process.stderr.write(
    "no Chromium: layers are not encrypted in a browser; scripts/setup.sh --with chromium\n",
  );

const passphrase = "Pässwort";
const keyPairs = {
  "P-256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "P-384": () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  "P-521": () => generateKeyPairSync("ec", { namedCurve: "P-521" }),
  RSA: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
};

test("the bundle of the main entry needs nothing of Node", async () => {
  const script = await bundle();
  expect(script).toContain("subtle.encrypt");
  expect(script).not.toMatch(/browser-external|["']node:/);
});

test.runIf(chromium !== undefined || process.env["CI"] !== undefined)(
  "Chromium decrypts what Node encrypted to a protected key, and vice versa",
  async () => {
    const plain = randomBytes(1_000_003);
    const script = await bundle();
    for (const [name, generate] of Object.entries(keyPairs)) {
      const { publicKey, privateKey } = generate();
      const publicFile = String(publicKey.export({ type: "spki", format: "pem" }));
      const privateFile = String(
        privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }),
      );
      const encryption = encryptLayer(
        { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" },
        once(plain),
        { recipients: [await importPublicKey(publicFile)] },
      );
      const ciphertext = (await gather(encryption.content)).toString("base64");
      const task: PageTask = { layer: encryption.result(), ciphertext, privateFile, passphrase, publicFile };
      const there = await runInChromium(script, task);
      expect(Buffer.from(there.plain, "base64").equals(plain), name).toBe(true);
      expect(there.recipients).toBe(2);
      const key = await importPrivateKey(privateFile, name, { passphrase });
      const back = decryptLayer(there.layer, () => once(Buffer.from(there.ciphertext, "base64")), {
        keys: [key],
      });
      expect((await gather(back)).equals(plain), name).toBe(true);
    }
  },
);

/** As a web application would bundle it: without Node's conditions. */
async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    root: fileURLToPath(new URL(".", import.meta.url)),
    resolve: { conditions: ["apoc-source", "browser", "module", "import", "default"] },
    build: {
      write: false,
      minify: false,
      target: "es2022",
      lib: {
        entry: fileURLToPath(new URL("browser-page.ts", import.meta.url)),
        formats: ["es"],
        fileName: "page",
      },
    },
  });
  const [output] = [built].flat() as Rollup.RollupOutput[];
  if (output?.output.length !== 1) throw new Error("the bundle is not one file");
  return output.output[0].code;
}

/** WebCrypto needs a secure context, which the loopback interface is. */
async function runInChromium(script: string, task: PageTask): Promise<PageResult> {
  const documents = new Map<string, readonly [type: string, text: string]>([
    ["/", ["text/html", '<!doctype html><script type="module" src="page.js"></script>']],
    ["/page.js", ["text/javascript", script]],
    ["/task.json", ["application/json", JSON.stringify(task)]],
  ]);
  const server = createServer(({ url }, answer) => {
    const [type, text] = documents.get(url ?? "") ?? [];
    answer.writeHead(type === undefined ? 404 : 200, { "content-type": type ?? "text/plain" }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const expression = 'fetch("task.json").then((answer) => answer.json()).then(recrypt)';
    return (await evaluateInChromium(chromium ?? "chromium", page, expression)).value as PageResult;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function* once(bytes: Uint8Array): Content {
  yield bytes;
}

async function gather(content: Content): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
