import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ApocError } from "@apoc/errors";
import { copy, type Manifest, parseManifest, readAll } from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";
import {
  checkEncryptedManifest,
  decryptLayer,
  type EncryptedLayer,
  exportPkcs8,
  exportSpki,
  generateImageKey,
  type KeyProvider,
  listRecipients,
  ocicryptErrors,
} from "ocicrypt-js";
import {
  createKeyProvider,
  jweKeyService,
  type KeyProviderServer,
  type KeyProviderService,
  serveKeyProvider,
} from "ocicrypt-js/keyprovider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { debian13, debian13Present } from "../debian13.ts";
import { sampleImage, type SampleImage } from "../sample-image.ts";
import { Workplace } from "../skopeo.ts";
import { runDecoder } from "./ctd-decoder.ts";

const run = promisify(execFile);
const command = fileURLToPath(new URL("keyprovider-command.ts", import.meta.url));

describe.runIf(debian13Present())("our key provider answers Debian 13's tools", () => {
  let place: Workplace;
  let image: SampleImage;
  const servers: KeyProviderServer[] = [];
  const providers: Record<string, KeyProvider> = {};
  /** Parameters that came with each request, by server. */
  const asked: Record<string, string[]> = {};

  beforeAll(async () => {
    place = await Workplace.create();
    image = await sampleImage();
    const { publicJwk, privateJwk } = await generateImageKey();
    await writeFile(place.at("key.pem"), await exportPkcs8(privateJwk), { mode: 0o600 });
    await writeFile(place.at("public.pem"), await exportSpki(publicJwk));
    const service = jweKeyService({ recipient: publicJwk, keys: [privateJwk] });
    const serve = async (name: string, address: string, answering: KeyProviderService) => {
      const server = await serveKeyProvider(watched(name, answering), { address });
      servers.push(server);
      providers[name] = createKeyProvider(name, { grpc: server.address });
      return { grpc: server.address };
    };
    const cmd = {
      path: process.execPath,
      args: ["--conditions=apoc-source", command, place.at("key.pem"), place.at("public.pem")],
    };
    providers["command"] = createKeyProvider("command", { cmd }, { timeout: 110_000 });
    const refusal = () =>
      Promise.reject(new ApocError(ocicryptErrors.KEY_PROVIDER_REFUSED, { detail: "nicht bezahlt, 100 %" }));
    const config = {
      "key-providers": {
        tcp: await serve("tcp", "127.0.0.1:0", service),
        unix: await serve("unix", `unix://${place.at("provider.sock")}`, service),
        refusing: await serve("refusing", "127.0.0.1:0", { ...service, unwrap: refusal }),
        command: { cmd },
      },
    };
    await writeFile(place.at("keyprovider.conf"), JSON.stringify(config));
    const layout = await openLayout(place.at("plain"), { create: true });
    await copy(image.target, "latest", layout, { tags: ["v1"] });
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    await place.remove();
  });

  test.for(["tcp", "unix", "command"])("skopeo 1.18 wraps and unwraps by %s", async (name) => {
    await skopeo("--encryption-key", `provider:${name}:parameter`, "plain", `encrypted-${name}`);
    const { manifest } = await read(`encrypted-${name}`);
    checkEncryptedManifest(manifest, image.config);
    for (const layer of manifest.layers)
      expect(listRecipients(layer).map(({ scheme }) => scheme)).toEqual([`provider.${name}`]);
    await skopeo("--decryption-key", `provider:${name}:parameter`, `encrypted-${name}`, `back-${name}`);
    const { manifest: back } = await read(`back-${name}`);
    expect(back.layers.map(({ digest }) => digest)).toEqual(
      image.manifest.layers.map(({ digest }) => digest),
    );
    if (name !== "command")
      expect(asked[name]).toEqual(expect.arrayContaining(["wrap parameter", "unwrap parameter"]));
  });

  test.for(["tcp", "unix", "command"])("our client unwraps by %s what skopeo 1.18 wrapped", async (name) => {
    await skopeo("--encryption-key", `provider:${name}:parameter`, "plain", `theirs-${name}`);
    const { manifest, layout } = await read(`theirs-${name}`);
    for (const [i, layer] of manifest.layers.entries()) {
      const chunks: Uint8Array[] = [];
      const options = { providers: [providers[name] as KeyProvider] };
      for await (const chunk of decryptLayer(layer, () => layout.fetch(layer), options)) chunks.push(chunk);
      expect(Buffer.concat(chunks).equals(image.blobs[i] as Uint8Array)).toBe(true);
    }
  });

  test.for(["tcp", "unix", "command"])("containerd's decoder unwraps by %s", async (name) => {
    await skopeo("--encryption-key", `provider:${name}`, "plain", `containerd-${name}`);
    const { manifest, layout } = await read(`containerd-${name}`);
    for (const [i, layer] of manifest.layers.entries()) {
      const done = await runDecoder(layer as EncryptedLayer, await readAll(layout, layer), {
        folder: place.path,
        env: { OCICRYPT_KEYPROVIDER_CONFIG: place.at("keyprovider.conf") },
      });
      expect(done.complaint).toBe("");
      expect(done.code).toBe(0);
      expect(done.plain.equals(image.blobs[i] as Uint8Array)).toBe(true);
    }
  });

  test("the service's reason reaches the refused caller", async () => {
    await skopeo("--encryption-key", "provider:refusing:x", "plain", "refused");
    await expect(skopeo("--decryption-key", "provider:refusing:x", "refused", "never")).rejects.toThrow(
      /PermissionDenied.*nicht bezahlt, 100 %/s,
    );
    const { manifest, layout } = await read("refused");
    const layer = manifest.layers[0] as EncryptedLayer;
    const done = await runDecoder(layer, await readAll(layout, layer), {
      folder: place.path,
      env: { OCICRYPT_KEYPROVIDER_CONFIG: place.at("keyprovider.conf") },
    });
    expect(done.code).not.toBe(0);
    expect(done.plain.length).toBe(0);
    expect(done.complaint).toContain("nicht bezahlt");
  });

  test("the private keys that skopeo sends do not reach a service", async () => {
    await skopeo("--encryption-key", "provider:tcp:x", "plain", "with-keys");
    asked["tcp"] = [];
    await skopeo(
      "--decryption-key",
      place.at("key.pem"),
      "--decryption-key",
      "provider:tcp:y",
      "with-keys",
      "with-keys-back",
    );
    expect(asked["tcp"].length).toBe(image.blobs.length);
    expect(new Set(asked["tcp"])).toEqual(new Set(["unwrap y"]));
  });

  async function skopeo(option: string, value: string, ...rest: string[]): Promise<void> {
    const [to = "", from = "", ...more] = rest.toReversed();
    const options = [option, value, ...more.toReversed()];
    await run(
      debian13.skopeo,
      [
        "--insecure-policy",
        "--tmpdir",
        place.path,
        "copy",
        ...options,
        `oci:${place.at(from)}:v1`,
        `oci:${place.at(to)}:v1`,
      ],
      { env: { ...process.env, OCICRYPT_KEYPROVIDER_CONFIG: place.at("keyprovider.conf") } },
    );
  }

  async function read(name: string) {
    const layout = await openLayout(place.at(name));
    const manifest: Manifest = parseManifest(await readAll(layout, await layout.resolve("v1")));
    return { layout, manifest };
  }

  function watched(name: string, service: KeyProviderService): KeyProviderService {
    const note = (op: string, parameters: Readonly<Record<string, readonly Uint8Array[]>>) => {
      const values = Object.values(parameters).flat();
      (asked[name] ??= []).push([op, ...values.map((value) => Buffer.from(value).toString())].join(" "));
    };
    return {
      wrap: (options, context) => {
        note("wrap", context.parameters);
        return service.wrap(options, context);
      },
      unwrap: (packet, context) => {
        note("unwrap", context.parameters);
        return service.unwrap(packet, context);
      },
    };
  }
});
