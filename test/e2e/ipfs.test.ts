import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copy, IpfsTarget, MemoryBlocks, readCar } from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";
import { type DeployedPod, runApoc, usePod, writeManifest } from "apoc/demo";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, serveGateway } from "../conformance/ipfs/gateway.ts";
import { type NodeRpc, serveNodeRpc } from "../conformance/ipfs/node-rpc.ts";
import { actions } from "./actions.ts";
import { type DemoStage, openStage } from "./open-stage.ts";

const license = "offers:\n  - oneTime: 5.00\npolicy:\n  args: true\n";

/**
 * A pod whose three images lie in IPFS: two encrypted ones, one own. No registry is asked
 * for anything. Tests depend on those before them.
 */
describe("images in IPFS", () => {
  let scene: DemoStage;
  let gateway: Gateway;
  let node: NodeRpc;
  const blocks = new MemoryBlocks();
  let images: { ledger: string; reader: string; web: string };
  let pod: DeployedPod;

  beforeAll(async () => {
    gateway = await serveGateway(blocks);
    node = await serveNodeRpc(blocks);
    scene = await openStage({
      configureProvider: (document) => {
        Object.assign(document, { images: { ipfsGateways: [gateway.url] } });
      },
    });
    for (const role of Object.values(scene.stage.roles)) {
      const file = join(role.directory, "config", "config.yaml");
      await writeFile(file, `${await readFile(file, "utf8")}ipfs: { gateways: ["${gateway.url}"] }\n`);
    }
  });
  afterAll(async () => {
    await scene?.close();
    await gateway?.[Symbol.asyncDispose]();
    await node?.[Symbol.asyncDispose]();
  });

  /** Publishes a program, and gives its name. */
  async function publish(name: "ada" | "ben", program: "ledger" | "reader", to: string[]): Promise<string> {
    const role = scene.stage.roles[name];
    const licenseFile = join(role.directory, "license.yaml");
    await writeFile(licenseFile, license);
    const { layout } = scene.stage.programs[program];
    const ended = await runApoc(role, ["dev", "publish", layout, "--license", licenseFile, "--to", ...to]);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/^ipfs:\/\/bafy[a-z2-7]+@sha256:[0-9a-f]{64}\n$/);
    return ended.stdout.trim();
  }

  test("one developer publishes an archive, one to a node, and the publisher has its own image", async () => {
    const target = new IpfsTarget(blocks);
    await copy(await openLayout(scene.stage.programs.web), "latest", target, { tags: ["1.0"] });
    const { cid } = await target.commit();
    const car = join(scene.stage.directory, "ledger.car");
    const ledger = await publish("ada", "ledger", [`car:${car}:1.0`]);
    const [root] = await readCar(await readFile(car), blocks);
    expect(ledger.startsWith(`ipfs://${root!.toString()}@`)).toBe(true);
    const reader = await publish("ben", "reader", ["ipfs:1.0", "--ipfs-api", node.url]);
    images = { ledger, reader, web: `ipfs://${cid.toString()}:1.0` };
  });

  test("grants of images in IPFS are handed to the attested provider", async () => {
    for (const [name, image] of [
      ["ada", images.ledger],
      ["ben", images.reader.slice(0, images.reader.indexOf("@"))],
    ] as const) {
      const role = scene.stage.roles[name];
      const { url } = scene.stage.provider;
      expect(await runApoc(role, ["dev", "attest", url])).toMatchObject({ code: 0 });
      const play = actions(scene);
      // The address of an attested provider is no place to hand it to.
      const address = scene.stage.roles.sofia.address;
      expect(await play.refused(role, ["dev", "grant", image, "--provider", address])).toEqual({
        code: 2,
        shown: ["APOC-9134"],
      });
      const granted = await runApoc(role, ["dev", "grant", image, "--provider", url, "--json"]);
      expect(granted).toMatchObject({ code: 0 });
      const { grants } = JSON.parse(granted.stdout) as { grants: { reference: string }[] };
      expect(grants[0]?.reference).toContain(`${url}/v1/grants`);
    }
  });

  test("the provider fetches, admits and runs the pod", async () => {
    const file = await writeManifest(scene.stage, images);
    const requests = scene.stage.registry.requests.length;
    pod = await actions(scene).deploy(scene.stage.roles.pia, file);
    const { answer, expected } = await usePod(scene.stage, pod);
    expect(answer).toBe(expected);
    expect(scene.stage.registry.requests).toHaveLength(requests);
    expect(gateway.requests.length).toBeGreaterThan(20);
  });

  test("a gateway that returns other bytes ends a deployment before anything is paid", async () => {
    const file = await writeManifest(scene.stage, images);
    const play = actions(scene);
    gateway.fault = async ({ response, block }) => {
      const bytes = new Uint8Array(await block());
      bytes[bytes.length - 1]! ^= 1;
      response.writeHead(200, { "content-type": "application/vnd.ipld.raw" }).end(bytes);
      return true;
    };
    const { code, shown } = await play.refused(scene.stage.roles.pia, play.arguments_(file));
    expect({ code, shown }).toEqual({ code: 3, shown: ["APOC-1072"] });
    gateway.fault = undefined;
    await rm(file);
  });

  test("the pod is closed", async () => {
    const { state } = await actions(scene).close(scene.stage.roles.pia, pod.name);
    expect(state).toBe("closed");
  });
});
