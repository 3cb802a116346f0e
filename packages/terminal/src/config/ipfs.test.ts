import { expect, test } from "vitest";
import type { Flags } from "../flags.ts";
import type { Config } from "./config.ts";
import { ipfsSettings } from "./ipfs.ts";
import { configSchema } from "./schema.ts";

const settings = (flags: Partial<Flags>, ipfs?: Config["ipfs"]) =>
  ipfsSettings({
    flags: flags as Flags,
    config: { load: async () => ({ networks: {}, ...(ipfs === undefined ? {} : { ipfs }) }) } as never,
  });

test("nobody but this machine is asked unless somebody is named; the flag counts before the configuration", async () => {
  expect(await settings({})).toEqual({ gateways: ["http://127.0.0.1:8080"], api: "http://127.0.0.1:5001" });
  const ipfs = { gateways: ["https://a.example", "https://b.example"], api: "http://127.0.0.1:1" };
  expect(await settings({}, ipfs)).toEqual(ipfs);
  expect(await settings({ ipfsGateway: "https://c.example" }, ipfs)).toEqual({
    gateways: ["https://c.example"],
    api: ipfs.api,
  });
});

test.each([
  { gateways: [] },
  { gateways: ["gateway.example"] },
  { gateways: ["ftp://gateway.example"] },
  { gateway: "https://a.example" },
  { api: "unix:/run/kubo.sock" },
])("refused: %j", (ipfs) => {
  expect(configSchema.safeParse({ ipfs }).success).toBe(false);
});
