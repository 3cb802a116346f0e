/**
 * Gas of the payment channel by receipt (21,000 and calldata included), as it is deployed, on a chain in this process.
 *
 *   node --conditions=apoc-source test/bench/contracts.ts [--json]
 *
 * Contract and receivers already hold the token, the allowance is infinite. `open` creates, funds and accepts in one
 * transaction; `claim`, `claim-transfer` (with the provider's payment) and `withdraw` are repeated ones; `withdrawMany`
 * is what each further channel of three payees costs. Beside it stand a minimal single-payee contract, measured in this
 * run, and figures of other projects from a study with the same method, which are not measured here.
 * With `--check` the figures must be those of test/bench/contracts.gas.json, to the unit; with `--update` they are
 * written there.
 */
import { readFileSync, writeFileSync } from "node:fs";
import {
  type ChannelHeader,
  channelId,
  type Payee,
  payeeProof,
  payeesRoot,
  paymentChannelAbi as abi,
  quoteTypedData,
  sums,
} from "@apoc/core";
import { encodeDeployData, encodeFunctionData, type Hex, keccak256, maxUint256, parseAbi, toHex } from "viem";
import { connect, testAccount, testTokenAbi } from "../contracts/support/in-process-chain.ts";

interface Result {
  readonly bench: "contracts";
  readonly case: string;
  readonly value: number;
  readonly unit: "gas" | "bytes";
  readonly peer: string;
  readonly peerValue: number;
  readonly ratio: number;
}

const sizes = [1, 3, 10] as const;
/** Gas of the study, for 1, 3 and 10 developers; a single number does not depend on them. */
const study: Record<string, Record<string, readonly [number, number, number]>> = {
  "claim-transfer": {
    "Filecoin Pay settle, a rail a payee, and one withdraw": [252_500, 424_500, 1_023_500],
    "Apocryph Payment withdrawUpTo, one payee": [51_300, 51_300, 51_300],
  },
  claim: {
    "0xSplits distribute": [117_700, 136_400, 204_500],
    "Filecoin Pay settle, a rail a payee": [171_000, 343_000, 942_000],
    "Apocryph Payment withdrawUpTo, one payee": [51_300, 51_300, 51_300],
  },
  open: {
    "Apocryph PaymentV2 createAndAuthorize": [214_700, 364_700, 889_900],
    "Sablier Flow, a stream a payee": [324_000, 647_000, 1_780_000],
    "Filecoin Pay, a rail a payee": [870_000, 1_741_000, 4_787_000],
  },
  withdraw: {
    "0xSplits warehouse withdraw": [48_300, 48_300, 48_300],
    "AdEx payee withdraw": [67_800, 68_800, 71_000],
    "Sablier Flow withdraw": [73_900, 73_900, 73_900],
  },
};
const modelAbi = parseAbi([
  "constructor(address token)",
  "function createChannel(address provider, bytes32 podId, uint128 amount)",
  "function withdrawUpTo(address publisher, bytes32 podId, uint128 total, address to)",
]);
const modelSource = "contracts/mocks/SinglePayeeModel.sol";
const [publisher, provider] = [testAccount(0), testAccount(1)];
const developers = Array.from({ length: 10 }, (_, index) => testAccount(10 + index));
/** Ten dollars a month, in base units of six decimals times 2^32 a second. */
const tenAMonth = (10_000_000n << 32n) / 2_592_000n;

const chain = await connect([modelSource]);
let now = 2_000_000_000;
const model = await chain.deploy(
  encodeDeployData({ abi: modelAbi, bytecode: chain.code(modelSource), args: [chain.token] }),
);
for (const { address } of [
  publisher,
  provider,
  ...developers,
  { address: chain.channel },
  { address: model },
]) {
  await token("mint", [address, 100_000_000_000n]);
}
for (const spender of [chain.channel, model]) await token("approve", [spender, maxUint256]);

const results: Result[] = [];
function add(
  name: string,
  value: number,
  unit: Result["unit"],
  peers: readonly (readonly [string, number])[],
) {
  for (const [peer, peerValue] of peers) {
    const ratio = Number((value / peerValue).toFixed(3));
    results.push({ bench: "contracts", case: name, value, unit, peer, peerValue, ratio });
  }
}
const single = await measureModel();
for (const [column, size] of sizes.entries()) {
  const gas = await measureChannel(size);
  for (const [name, value] of Object.entries(gas)) {
    const peers: [string, number][] = [
      ["minimal single-payee contract, this run", single[name as keyof typeof single]],
    ];
    for (const [peer, figures] of Object.entries(study[name] ?? {})) {
      peers.push([`${peer}, study figure`, figures[column]!]);
    }
    add(`${name}/${size}`, value, "gas", peers);
  }
}
add("withdrawMany", await measureMany(), "gas", [
  ["minimal single-payee contract, this run", single.withdraw],
  ["0xSplits warehouse withdraw, study figure", 48_300],
]);
add("size", await sizeOf(chain.channel), "bytes", [
  ["minimal single-payee contract, this run", await sizeOf(model)],
  ["EIP-170", 24_576],
  ["Apocryph Payment, study figure", 4_600],
  ["Filecoin Pay, study figure", 27_000],
]);
await chain.close();
print();
compare();

async function measureModel() {
  const podId = keccak256("0x01");
  const call = (functionName: "createChannel" | "withdrawUpTo", args: readonly unknown[]): Hex =>
    encodeFunctionData({ abi: modelAbi, functionName, args } as Parameters<typeof encodeFunctionData>[0]);
  const open = await chain.send(
    publisher,
    model,
    call("createChannel", [provider.address, podId, 100_000_000n]),
  );
  const take = (total: bigint) =>
    chain.send(provider, model, call("withdrawUpTo", [publisher.address, podId, total, provider.address]));
  await take(1_000n);
  const withdraw = Number((await take(2_000n)).gasUsed);
  // Its claim is its withdrawal: it has no accounts of what is due.
  return { open: Number(open.gasUsed), claim: withdraw, "claim-transfer": withdraw, withdraw };
}

async function openChannel(size: number, name: string) {
  const payees: Payee[] = developers.slice(0, size).map(({ address }, index) => ({
    to: address,
    imageDigest: keccak256(toHex(`image ${index}`)),
    licenseHash: keccak256(toHex(`license ${index}`)),
    oneTime: 1_000_000n,
    rate: tenAMonth,
    share: 50_000,
    meteredCap: 0n,
  }));
  const header: ChannelHeader = {
    publisher: publisher.address,
    provider: provider.address,
    token: chain.token,
    podId: keccak256(toHex(name)),
    meter: toHex(0, { size: 20 }),
    grace: 86_400,
    acceptBy: now + 600,
    maxExecRate: 10n * tenAMonth,
    execBurst: 1_000_000n,
    ...sums(payees),
    payeesRoot: payeesRoot(payees),
  };
  const id = channelId(chain.chainId, chain.channel, header);
  const quote = await provider.signTypedData!(quoteTypedData(chain.chainId, chain.channel, id));
  const open = await channel(publisher, "createChannel", [header, quote, 100_000_000n, payees]);
  return { payees, header, open };
}

async function measureChannel(size: number) {
  const { payees, header, open } = await openChannel(size, `pod ${size}`);
  await channel(provider, "claim", [header, 500_000n, "0x"]);
  const claim = await channel(provider, "claim", [header, 600_000n, "0x"]);
  await channel(provider, "withdrawProvider", [header, provider.address]);
  const both = await channel(provider, "claimAndWithdraw", [header, 700_000n, "0x", provider.address]);
  // The last payee: where the tree is not full, its proof is the shortest; so the first is taken, whose is the longest.
  const payee = payees[0]!;
  const args = [header, 0n, payee, payeeProof(payees, 0), payee.to];
  await channel(developers[0]!, "withdraw", args);
  const withdraw = await channel(developers[0]!, "withdraw", args);
  return { open, claim, "claim-transfer": both, withdraw };
}

/** Gas of a channel more, from one to ten: each of another pod, with the same developer and image. */
async function measureMany(): Promise<number> {
  const channels: Awaited<ReturnType<typeof openChannel>>[] = [];
  for (let index = 0; index < 10; index++) channels.push(await openChannel(3, `one of many ${index}`));
  const take = (count: number) => {
    const withdrawals = channels
      .slice(0, count)
      .map(({ header, payees }) => ({ header, payee: 0n, index: 0n, proof: payeeProof(payees, 0) }));
    const to = developers[0]!;
    return channel(to, "withdrawMany", [[channels[0]!.payees[0]!], withdrawals, to.address]);
  };
  await take(10);
  const one = await take(1);
  return Math.round(((await take(10)) - one) / 9);
}

async function channel(
  from: typeof publisher,
  functionName: string,
  args: readonly unknown[],
): Promise<number> {
  now += 3600;
  if (functionName === "createChannel") now -= 3599;
  await chain.at(now);
  const data = encodeFunctionData({ abi, functionName, args } as Parameters<typeof encodeFunctionData>[0]);
  return Number((await chain.send(from, chain.channel, data)).gasUsed);
}

/** Bytes of deployed code. */
async function sizeOf(address: Hex): Promise<number> {
  return ((await chain.reader.getCode({ address }))?.length ?? 2) / 2 - 1;
}

function token(functionName: "mint" | "approve", args: [Hex, bigint]) {
  return chain.send(publisher, chain.token, encodeFunctionData({ abi: testTokenAbi, functionName, args }));
}

function print(): void {
  if (process.argv.includes("--json")) {
    for (const result of results) console.log(JSON.stringify(result));
    return;
  }
  console.log(
    `${"case".padEnd(18)}${"gas".padStart(9)}  ${"peer".padEnd(70)}${"gas".padStart(10)}${"ratio".padStart(8)}`,
  );
  let last = "";
  for (const { case: name, value, peer, peerValue, ratio } of results) {
    const own = name === last ? ["", ""] : [name, value.toLocaleString("en")];
    last = name;
    console.log(
      `${own[0]!.padEnd(18)}${own[1]!.padStart(9)}  ${peer.padEnd(70)}${peerValue.toLocaleString("en").padStart(10)}${ratio.toFixed(2).padStart(8)}`,
    );
  }
}

/** One figure a case, as in the file that is kept: any difference, better or worse, is to be seen in the change. */
function compare(): void {
  const file = new URL("contracts.gas.json", import.meta.url);
  const figures = Object.fromEntries(results.map(({ case: name, value }) => [name, value]));
  const text = `${JSON.stringify(figures, undefined, 2)}\n`;
  if (process.argv.includes("--update")) writeFileSync(file, text);
  if (!process.argv.includes("--check")) return;
  if (readFileSync(file, "utf8") === text) {
    console.error("gas: as kept");
    return;
  }
  console.error(`gas differs from test/bench/contracts.gas.json; measured: ${text}`);
  console.error("run: node --conditions=apoc-source test/bench/contracts.ts --update");
  process.exitCode = 1;
}
