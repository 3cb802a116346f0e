import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import {
  addRecipients,
  encryptLayer,
  generateImageKey,
  type KeyProvider,
  listRecipients,
  ocicryptErrors,
  removeRecipients,
  unwrapLayerKey,
} from "ocicrypt-js";
import { createKeyProvider, type KeyProviderAttributes } from "ocicrypt-js/keyprovider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPeer } from "../peers/programs.ts";

const program = await buildPeer("keyprovider");

describe.runIf(program !== undefined)("our client and a provider made with ocicrypt's Go types", () => {
  let server: ChildProcessByStdio<Writable, Readable, null>;
  const attributes: Record<string, KeyProviderAttributes> = {};
  const client = (how: string, parameter: string): KeyProvider =>
    createKeyProvider("go", attributes[how] as KeyProviderAttributes, { parameters: [parameter] });

  beforeAll(async () => {
    attributes["cmd"] = { cmd: { path: String(program), args: ["cmd"] } };
    server = spawn(String(program), ["grpc"], { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = (await once(server.stdout, "data")) as [Buffer];
    attributes["grpc"] = { grpc: line.toString().trim() };
  });
  afterAll(async () => {
    server.stdin.end();
    await once(server, "close");
  });

  test.for(["cmd", "grpc"])("wrap and unwrap by %s", async (how) => {
    const { publicJwk, privateJwk } = await generateImageKey();
    const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
    const encryption = encryptLayer({ mediaType }, once1000(), {
      recipients: [publicJwk],
      providers: [client(how, "value")],
    });
    for await (const _ of encryption.content);
    const layer = encryption.result();
    expect(listRecipients(layer).map(({ scheme }) => scheme)).toEqual(["jwe", "provider.go"]);
    const provided = removeRecipients(layer, ({ scheme }) => scheme === "jwe");
    await unwrapLayerKey(provided, { providers: [client(how, "value")] });
    const wrap = { recipients: [publicJwk] };
    const both = await addRecipients(provided, { providers: [client(how, "value")] }, wrap);
    await unwrapLayerKey(both, { keys: [privateJwk] });
    await expect(unwrapLayerKey(provided, { providers: [client(how, "refuse")] })).rejects.toMatchObject({
      code: ocicryptErrors.KEY_PROVIDER_REFUSED.code,
      detail: "verweigert: 100 %",
    });
  });

  async function* once1000(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1000);
  }
});
