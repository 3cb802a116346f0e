import { zeroAddress } from "viem";
import { expect, test } from "vitest";
import { checkNames } from "../admission/check-names.ts";
import { completeHeader } from "../channel/terms.ts";
import { toWire } from "../channel/wire.ts";
import { ProviderClient } from "./index.ts";

const channel = {
  header: completeHeader(
    {
      publisher: zeroAddress,
      provider: zeroAddress,
      token: zeroAddress,
      podId: `0x${"01".repeat(32)}`,
      meter: zeroAddress,
      grace: 60,
      acceptBy: 1,
      maxExecRate: 0n,
      execBurst: 0n,
    },
    [],
  ),
  payees: [],
};
const whole = {
  version: 1,
  checks: checkNames.map((check) => ({ check, verdict: "pass" })),
  channel,
  channelId: `0x${"02".repeat(32)}`,
};

const ask = (answer: object) =>
  new ProviderClient("https://provider.test", {
    fetch: async () => new Response(JSON.stringify(toWire(answer))),
  }).quote({
    version: 1,
    publisher: zeroAddress,
    token: zeroAddress,
    podId: `0x${"01".repeat(32)}`,
    manifest: {} as never,
    payees: [],
  });

test("a quote reports every check, in order", async () => {
  expect((await ask(whole)).checks).toHaveLength(9);
  const [first, second, ...rest] = whole.checks;
  const wrong = [
    [],
    whole.checks.slice(1),
    whole.checks.slice(0, -1),
    [second, first, ...rest],
    [...whole.checks, first],
  ];
  for (const checks of wrong)
    await expect(ask({ ...whole, checks })).rejects.toMatchObject({ code: "APOC-6002" });
});
