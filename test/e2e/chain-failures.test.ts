import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { admissionErrors, available, paymentChannelAbi, podUid } from "@apoc/core";
import { type DeployedPod, openRoleAccount, runApoc, startApoc } from "apoc/demo";
import { createWalletClient, type Hex, http, parseEventLogs } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DemoStage, openStage } from "./open-stage.ts";
import { askProbe, pushProbe, writeProbe } from "./probe-pod.ts";
import { openRpcProxy, type RpcProxy } from "./rpc-proxy.ts";
import { clientOf, signAs, meteredOf, statusOf } from "./signed-call.ts";
import { actions, patience } from "./actions.ts";

describe("a chain that is unreachable, stalls, or reports that the funds end", () => {
  const suspendAfterSeconds = 18;
  let scene: DemoStage;
  let proxy: RpcProxy;
  let act: ReturnType<typeof actions>;
  let one: DeployedPod;
  let short: DeployedPod;
  let two: DeployedPod;
  let third: string;

  beforeAll(async () => {
    scene = await openStage({
      async configureProvider(configuration) {
        proxy = await openRpcProxy(configuration.chain.rpc[0]!);
        configuration.chain.rpc = [proxy.url];
        configuration.policy = { ...configuration.policy, maxHeadAgeSeconds: 6, minRunwaySeconds: 0 };
        configuration.suspendAfterSeconds = suspendAfterSeconds;
      },
    });
    act = actions(scene);
    const { pia, ada } = scene.stage.roles;
    const image = await pushProbe(scene.stage);
    third = await writeProbe(ada, "third", image);
    const [ofPia, ofAda] = await Promise.all([
      (async () => {
        const long = await act.deploy(pia, await writeProbe(pia, "one", image));
        return [long, await act.deploy(pia, await writeProbe(pia, "short", image), "60s")] as const;
      })(),
      writeProbe(ada, "two", image).then((file) => act.deploy(ada, file)),
    ]);
    [one, short] = ofPia;
    two = ofAda;
  });
  afterAll(async () => {
    await scene?.close();
    await proxy?.stop();
  });

  test("two pods of two publishers reach themselves but not each other", async () => {
    for (const { address } of [one, short, two]) {
      await expect.poll(() => askProbe(address, "env"), patience).toContain("MODE=fast");
    }
    const reachable = await addressesIn(two);
    expect(reachable).toHaveLength(1);
    for (const host of [...reachable, "probe"]) {
      expect(await askProbe(two.address, `fetch?${host}:9090`)).toBe("9090 pod two\n");
    }
    for (const host of [...reachable, "two"]) {
      expect(await askProbe(one.address, `fetch?${host}:9090`)).toBe("unreachable\n");
    }
    expect(await askProbe(one.address, "fetch?probe:9090")).toBe("9090 pod one\n");
  });

  test("only its publisher may query a pod, read its logs or remove it", async () => {
    const { stage } = scene;
    const { ada, pia } = stage.roles;
    const client = clientOf(stage);
    const foreign = { code: admissionErrors.REQUEST_SIGNATURE.code };
    await expect(statusOf(stage, ada, one)).rejects.toMatchObject(foreign);
    const remove = await signAs(stage, ada, "delete", one);
    await expect(client.deletePod(one, remove)).rejects.toMatchObject(foreign);
    const logs = await signAs(stage, ada, "logs", one);
    await expect(client.logs(one, {}, logs).next()).rejects.toMatchObject(foreign);
    // Signed by the right one, but for something else.
    const status = await signAs(stage, pia, "status", one);
    await expect(client.deletePod(one, status)).rejects.toMatchObject({
      code: admissionErrors.REQUEST_ACTION.code,
    });
    expect(await act.state(pia, one)).toBe("running");
  });

  test("without its RPC the provider lets pods run and admits nothing; afterwards everything continues", async () => {
    const { ada, pia } = scene.stage.roles;
    const containers = await scene.containers(one);
    const metered = await meteredOf(scene.stage, pia, one);
    const sent = await scene.transactions(ada.address);
    await proxy.stop();
    const { code, shown } = await act.refused(ada, act.arguments_(third));
    expect(code).not.toBe(0);
    expect(shown).toContain(admissionErrors.CHAIN_UNREACHABLE.code);
    expect(await scene.transactions(ada.address)).toBe(sent);
    expect(await act.state(pia, one)).toBe("running");
    expect(await askProbe(one.address, "env")).toContain("MODE=fast");
    expect(await scene.containers(one)).toEqual(containers);
    await proxy.start();
    const quote = ["pod", "quote", third, "--provider", scene.stage.provider.url, "--for", "1h"];
    expect(await runApoc(ada, quote)).toMatchObject({ code: 0 });
    // The whole of it may have taken less than one interval of the meter.
    await expect.poll(() => meteredOf(scene.stage, pia, one), patience).toBeGreaterThan(metered);
  });

  test("with a stalled head nothing is admitted, and pods are suspended only after its bound", async () => {
    const { ada, pia } = scene.stage.roles;
    const sent = await scene.transactions(ada.address);
    await proxy.freeze();
    const began = Date.now();
    await sleep(7_500);
    const { code, shown } = await act.refused(ada, act.arguments_(third));
    expect({ code, shown }).toMatchObject({ code: 6, shown: [admissionErrors.CHAIN_STALE.code] });
    expect(await scene.transactions(ada.address)).toBe(sent);
    const stale = `suspended ${admissionErrors.CHAIN_STALE.code}`;
    let state = "";
    let lastRunning = 0;
    while (state !== stale && Date.now() - began < 60_000) {
      state = await act.state(pia, one);
      if (state === "running") lastRunning = Date.now() - began;
      await sleep(200);
    }
    expect(state).toBe(stale);
    // The head was up to a block old when it was frozen.
    expect(lastRunning).toBeGreaterThan((suspendAfterSeconds - 3) * 1000);
    expect(await askProbe(one.address, "env")).toBe("status 404");
    await expect.poll(() => scene.containers(one), patience).toEqual([]);
    proxy.thaw();
    await expect.poll(() => act.state(pia, one), patience).toBe("running");
    await expect.poll(() => askProbe(one.address, "env"), patience).toContain("MODE=fast");
  });

  test("logs are followed as they are written, and end with the pod; closing settles at once", async () => {
    const { ada } = scene.stage.roles;
    await expect.poll(() => askProbe(two.address, "env"), patience).toContain("MODE=fast");
    const following = startApoc(ada, ["pod", "logs", "two", "-f"]);
    const ended = once(following, "close");
    let text = "";
    following.stdout!.setEncoding("utf8").on("data", (part: string) => (text += part));
    await expect.poll(() => text, patience).toContain("started with 2 arguments");
    await askProbe(two.address, "say?something-new");
    await expect.poll(() => text, patience).toContain("something-new");
    const before = (await scene.stage.balances()).of.ada;
    const closed = await act.close(ada, "two");
    expect(closed).toMatchObject({ state: "closed", ended: "termination" });
    expect((await scene.stage.balances()).of.ada - before).toBe(closed.refunded);
    expect((await ended)[0]).toBe(0);
    const { deposited, exec } = await act.channel(two.channel);
    expect(deposited).toBe(exec);
    // Pods that stay are as far apart as before.
    const [address] = await addressesIn(short);
    expect(await askProbe(short.address, `fetch?${address}:9090`)).toBe("9090 pod short\n");
    expect(await askProbe(one.address, `fetch?${address}:9090`)).toBe("unreachable\n");
  });

  test("a pod without funds is suspended and its use claimed at once; new funds resume it", async () => {
    const { pia } = scene.stage.roles;
    const suspended = `suspended ${admissionErrors.FUNDS_RUNWAY.code}`;
    await expect.poll(() => act.state(pia, short), { timeout: 90_000, interval: 500 }).toBe(suspended);
    // All of it that the funds cover, long before the next claim by interval; what ran beyond them is its loss.
    const { deposited } = await act.channel(short.channel);
    const metered = await meteredOf(scene.stage, pia, short);
    expect(metered).toBeGreaterThan((deposited * 9n) / 10n);
    const covered = metered < deposited ? metered : deposited;
    await expect.poll(async () => (await act.channel(short.channel)).exec, patience).toBe(covered);
    expect(await runApoc(pia, ["pod", "fund", "short", "1", "--yes"])).toMatchObject({ code: 0 });
    await expect.poll(() => act.state(pia, short), patience).toBe("running");
    await expect.poll(() => askProbe(short.address, "env"), patience).toContain("MODE=fast");
  });

  test("an endpoint that looks up a few blocks at a time finds every channel; claim and payment are one transaction", async () => {
    const { sofia } = scene.stage.roles;
    const configured = ["--config", scene.stage.provider.configFile];
    proxy.limitLogs(3n);
    expect(await act.client.getBlockNumber()).toBeGreaterThan(10n);
    const earnings = await runApoc(sofia, ["provider", "earnings", "--json", ...configured]);
    const { channels } = JSON.parse(earnings.stdout) as { channels: { channel: string }[] };
    expect(channels.map(({ channel }) => channel).toSorted()).toEqual(
      [one.channel, short.channel, two.channel].toSorted(),
    );
    const before = (await scene.stage.balances()).of.sofia;
    const { exec } = await act.channel(one.channel);
    const wanted = ["--channel", one.channel, "--claim", "--yes", "--json"];
    const paid = await runApoc(sofia, ["provider", "withdraw", ...wanted, ...configured]);
    const [{ amount, hash }] = JSON.parse(paid.stdout) as [{ amount: string; hash: Hex }];
    expect((await scene.stage.balances()).of.sofia - before).toBe(BigInt(amount));
    const { logs } = await act.client.getTransactionReceipt({ hash });
    const events = parseEventLogs({ abi: paymentChannelAbi, logs });
    expect(events.map(({ eventName }) => eventName)).toEqual(["Claimed", "Withdrawn"]);
    const after = await act.channel(one.channel);
    expect(after.exec).toBeGreaterThan(exec);
    expect(after.providerPaid).toBe(after.exec);
  });

  test("an unlock stops the pod; the provider claims at once; the refund matches the accounting", async () => {
    const { stage } = scene;
    const { pia } = stage.roles;
    const { header } = await act.terms(one.channel);
    const wallet = createWalletClient({
      account: await openRoleAccount(pia),
      transport: http(stage.chain.url),
    });
    const call = {
      address: act.contract,
      abi: paymentChannelAbi,
      functionName: "unlock",
      args: [header],
    } as const;
    await wallet.writeContract({ ...call, chain: null });
    const unlocking = `suspended ${admissionErrors.FUNDS_UNLOCKING.code}`;
    await expect.poll(() => act.state(pia, one), patience).toBe(unlocking);
    await expect.poll(() => scene.containers(one), patience).toEqual([]);
    const metered = await meteredOf(stage, pia, one);
    expect(metered).toBeGreaterThan(0n);
    await expect.poll(async () => (await act.channel(one.channel)).exec, patience).toBe(metered);
    // Waited for, not skipped: a head that is far ahead of the provider is not fresh.
    const { unlockAt } = await act.channel(one.channel);
    const chainTime = async () => Number((await act.client.getBlock()).timestamp);
    await expect.poll(chainTime, { ...patience, timeout: 120_000 }).toBeGreaterThan(unlockAt);
    const { timestamp } = await act.client.getBlock();
    const expected = available(await act.channel(one.channel), header, Number(timestamp));
    expect(await act.close(pia, "one")).toEqual({
      podId: one.podId,
      channel: one.channel,
      state: "closed",
      ended: "unlock",
      refunded: expected,
    });
    expect((await act.channel(one.channel)).deposited).toBe(metered);
    // The channel is over for good, and so are the pod and its volumes.
    await expect.poll(() => act.state(pia, one), patience).toBe("removed");
    expect(await readdir(join(stage.roles.sofia.directory, "data", "volumes"))).not.toContain(podUid(one));
  });
});

/** Addresses that a pod has in its own network. */
async function addressesIn({ address }: DeployedPod): Promise<string[]> {
  const inside = await askProbe(address, "address");
  const all = [...inside.matchAll(/inet (\d+\.\d+\.\d+\.\d+)/g)].map(([, found]) => found!);
  return all.filter((found) => !found.startsWith("127."));
}
