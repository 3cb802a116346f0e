import {
  bidBalance,
  bidEnd,
  catalogue,
  listingKinds,
  type MarketEvent,
  marketHoldings,
  marketplaceAbi as abi,
  replayMarket,
} from "@apoc/core";
import fc from "fast-check";
import {
  type Address,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  type Hex,
  type LocalAccount,
  maxUint256,
  parseEventLogs,
  toHex,
} from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, testAccount, testTokenAbi } from "../support/in-process-chain.ts";
import { operations, type Step, step } from "./random-market-step.ts";

const beneficiary = testAccount(0);
const owners = [testAccount(1), testAccount(2)] as const;
const sponsors = [testAccount(3), testAccount(4), testAccount(5)] as const;
const images = [toHex(0, { size: 32 }), toHex(1, { size: 32 }), toHex(2, { size: 32 })] as const;

let chain: Awaited<ReturnType<typeof connect>>;
let now = 2_000_000_000;
beforeAll(async () => {
  chain = await connect(["contracts/Marketplace.sol"]);
}, 300_000);
afterAll(() => chain.close());

test("over random histories the replayed events match every view, to the unit, and so does the order", async () => {
  const reached = new Map<string, number>();
  let [sponsoredOrders, longest] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 40 }), async (steps) => {
      const market = await openMarket();
      for (const kind of [1, 1, 1, 0]) await market.register(kind);
      for (const each of steps) {
        now += each.wait;
        if (await market.apply(each)) reached.set(each.kind, (reached.get(each.kind) ?? 0) + 1);
        const { sponsored } = await market.compare();
        if (sponsored.length > 1) sponsoredOrders += 1;
        longest = Math.max(longest, sponsored.length);
      }
    }),
    { seed: 20261122, numRuns: 200 },
  );
  // A generator that no longer reaches an operation, or an order to compare, proves nothing about it.
  for (const kind of operations) expect(reached.get(kind) ?? 0, kind).toBeGreaterThan(15);
  expect(sponsoredOrders).toBeGreaterThan(100);
  expect(longest).toBeGreaterThan(2);
}, 300_000);

test("the listing with the higher sum of funded rates comes first, equal ones by number; the organic order does not change", async () => {
  const market = await openMarket();
  for (let index = 0; index < 3; index += 1) await market.register(1);
  const [unit, token] = [1n << 32n, market.tokens[0]];
  now += 1;
  await market.bid(sponsors[0], 1n, token, 3n * unit, 30n);
  await market.bid(sponsors[0], 2n, token, 2n * unit, 1000n);
  await market.bid(sponsors[1], 2n, token, 1n * unit, 1000n);
  await market.bid(sponsors[2], 3n, token, 9n * unit, 9_000n);
  await market.bid(sponsors[0], 1n, market.tokens[1], 100n * unit, 100_000n);
  const ids = async () => {
    const { sponsored, listings } = await market.compare();
    expect(listings.map(({ id }) => id)).toEqual([1n, 2n, 3n]);
    return sponsored.map(({ listing }) => Number(listing.id));
  };
  expect(await ids()).toEqual([3, 1, 2]);
  now += 20;
  // The bid for the first listing has lasted ten seconds.
  expect(await ids()).toEqual([3, 2]);
  now += 2_000;
  expect(await ids()).toEqual([]);
});

/** A market of its own, and what is done to it. */
async function openMarket() {
  const deploy = (path: string, args: readonly unknown[]) =>
    chain.deploy(
      encodeDeployData({
        abi: path.endsWith("TestToken.sol") ? testTokenAbi : abi,
        bytecode: chain.code(path),
        args,
      } as Parameters<typeof encodeDeployData>[0]),
    );
  await chain.at((now += 1));
  const contract = await deploy("contracts/Marketplace.sol", [beneficiary.address]);
  const token = async (name: string): Promise<Address> => {
    await chain.at((now += 1));
    const address = getAddress(await deploy("contracts/mocks/TestToken.sol", [name, name, 6]));
    for (const { address: to } of sponsors) await onToken(beneficiary, address, "mint", [to, 1n << 100n]);
    for (const each of sponsors) await onToken(each, address, "approve", [contract, maxUint256]);
    return address;
  };
  const tokens = [await token("ONE"), await token("TWO")] as const;
  const events: MarketEvent[] = [];

  async function onToken(
    from: LocalAccount,
    address: Address,
    functionName: "mint" | "approve",
    args: [Hex, bigint],
  ) {
    await chain.at((now += 1));
    await chain.send(from, address, encodeFunctionData({ abi: testTokenAbi, functionName, args }));
  }

  /** One transaction in a block of its own. */
  async function act(from: LocalAccount, functionName: string, args: readonly unknown[]): Promise<void> {
    await chain.at((now += 1));
    const data = encodeFunctionData({ abi, functionName, args } as Parameters<typeof encodeFunctionData>[0]);
    const { logs } = await chain.send(from, contract, data);
    events.push(...parseEventLogs({ abi, logs }));
  }

  const view = (functionName: string, args: readonly unknown[]): Promise<unknown> =>
    chain.reader.readContract({ abi, address: contract, functionName, args } as Parameters<
      typeof chain.reader.readContract
    >[0]);

  const register = (kind: number, owner: LocalAccount = owners[0]) =>
    act(owner, "register", [
      kind,
      toHex(events.length + 1, { size: 32 }),
      `https://example.org/${events.length}`,
    ]);
  const bid = (sponsor: LocalAccount, id: bigint, tokenOfBid: Address, rate: bigint, funds: bigint) =>
    act(sponsor, "bid", [id, tokenOfBid, rate, funds]);

  /** Does the step where its party may; gives whether it did. */
  async function apply(each: Step): Promise<boolean> {
    const state = replayMarket(events);
    const owner = owners[each.who % 2]!;
    const sponsor = sponsors[each.who]!;
    const tokenOfBid = tokens[each.second && each.wait % 2 === 0 ? 1 : 0];
    const listing = state.listings.get(BigInt(each.which + 1));
    const ownerOf = [...owners, ...sponsors].find(({ address }) => address === listing?.owner);
    const known = [...state.bids.values()].at(each.which - 1);
    const sponsorOf = sponsors.find(({ address }) => address === known?.sponsor);
    const attested = [...state.attestations.values()].at(each.which - 1);
    const earned = [...state.revenue].find(([, amountOf]) => amountOf > 0n);
    const [image, policy] = [images[each.which % 3]!, images[each.who]!];
    switch (each.kind) {
      case "register":
        await register(each.second ? 1 : 0, owner);
        return true;
      case "revise":
        if (ownerOf === undefined || listing?.retiredAt !== 0) return false;
        await act(ownerOf, "revise", [listing.id, toHex(each.amount, { size: 32 }), "data:,x"]);
        return true;
      case "retire":
        // Rare, so that there is something to put in order.
        if (ownerOf === undefined || listing?.retiredAt !== 0 || each.wait % 4 !== 0) return false;
        await act(ownerOf, "retire", [listing.id]);
        return true;
      case "transfer":
        if (ownerOf === undefined) return false;
        await act(ownerOf, "transferListing", [listing!.id, sponsor.address]);
        return true;
      case "accept": {
        // Anybody may offer it; who it was offered to takes it.
        if (ownerOf === undefined) return false;
        await act(ownerOf, "transferListing", [listing!.id, sponsor.address]);
        await act(sponsor, "acceptListing", [listing!.id]);
        return true;
      }
      case "bid":
        if (listing?.retiredAt !== 0) return false;
        await bid(sponsor, listing.id, tokenOfBid, each.rate, each.amount);
        return true;
      case "topUp":
        if (sponsorOf === undefined || state.listings.get(known!.listing)?.retiredAt !== 0) return false;
        await bid(sponsorOf, known!.listing, known!.token, known!.rate, each.amount);
        return true;
      case "cancel":
        if (sponsorOf === undefined) return false;
        await act(sponsorOf, "cancelBid", [known!.listing, known!.token, sponsorOf.address]);
        return true;
      case "collect": {
        const keys = [...state.bids.values()]
          .filter((one) => one.token === tokenOfBid)
          .map((one) => ({ listing: one.listing, sponsor: one.sponsor }));
        if (keys.length === 0) return false;
        await act(owner, "collect", [tokenOfBid, keys]);
        return true;
      }
      case "withdraw":
        if (earned === undefined) return false;
        await act(beneficiary, "withdrawRevenue", [earned[0], beneficiary.address]);
        return true;
      case "revokeGrants": {
        const floor = state.grantFloors.get(`${owner.address} ${image}`) ?? 0n;
        await act(owner, "revokeGrants", [image, floor + 1n + BigInt(each.wait)]);
        return true;
      }
      case "revokeOffers": {
        const end = state.offerEnds.get(`${owner.address} ${image}`) ?? 1n << 40n;
        if (end <= BigInt(now + 2)) return false;
        await act(owner, "revokeOffers", [image, BigInt(now + 1) + (end - BigInt(now + 1)) / 2n]);
        return true;
      }
      case "attest":
        await act(owner, "attest", [image, policy, BigInt(now + 1 + each.wait), images[1], "data:,record"]);
        return true;
      case "revokeAttestation": {
        const attester = owners.find(({ address }) => address === attested?.attester);
        if (attester === undefined) return false;
        await act(attester, "revokeAttestation", [attested!.providerKeyId, attested!.policyDigest]);
        return true;
      }
      default:
        throw new Error("unknown step", { cause: each.kind satisfies never });
    }
  }

  /** Every view against the replayed events; gives the catalogue of apps in the first token. */
  async function compare() {
    now += 1;
    await chain.at(now);
    await chain.mine();
    const state = replayMarket(events);
    expect(await view("listings", [])).toBe(BigInt(state.listings.size));
    for (const listing of state.listings.values()) {
      expect(await view("listing", [listing.id])).toEqual({
        owner: listing.owner,
        kind: listingKinds.indexOf(listing.kind),
        revision: listing.revisions.length,
        retiredAt: listing.retiredAt,
        pendingOwner: listing.pendingOwner,
        body: listing.revisions.at(-1)?.body,
      });
      for (const { revision, body } of listing.revisions) {
        expect(await view("bodyOf", [listing.id, revision])).toBe(body);
      }
    }
    const weights = tokens.map(() => new Map<bigint, bigint>());
    for (const each of state.bids.values()) {
      const { listing: id, token: of, sponsor, rate, funds, since, collected } = each;
      const listing = state.listings.get(id)!;
      expect(await view("bidOf", [id, of, sponsor])).toEqual({ rate, funds, since, collected });
      expect(await view("bidBalance", [id, of, sponsor])).toBe(bidBalance(each, listing, now));
      const end = (await view("bidEnd", [id, of, sponsor])) as bigint;
      expect(end).toBe(bidEnd(each, listing));
      const weight = weights[tokens.indexOf(of as (typeof tokens)[number])]!;
      if (end > BigInt(now)) weight.set(id, (weight.get(id) ?? 0n) + rate);
    }
    for (const [index, of] of tokens.entries()) {
      expect(await view("revenue", [of])).toBe(state.revenue.get(of) ?? 0n);
      const held = await chain.reader.readContract({
        abi: testTokenAbi,
        address: of,
        functionName: "balanceOf",
        args: [contract],
      });
      expect(held).toBe(marketHoldings(state, of));
      // The order from the contract's own views.
      for (const kind of listingKinds) {
        const { sponsored, listings } = catalogue(state, { kind, token: of, now });
        const shown = [...weights[index]!].filter(
          ([id]) => state.listings.get(id)!.kind === kind && state.listings.get(id)!.retiredAt === 0,
        );
        shown.sort(([a, x], [b, y]) => (x === y ? Number(a - b) : x < y ? 1 : -1));
        expect(sponsored.map(({ listing, rate }) => [listing.id, rate])).toEqual(shown);
        expect(listings.every(({ id }, at) => at === 0 || listings[at - 1]!.id < id)).toBe(true);
      }
    }
    for (const image of images) {
      for (const { address } of owners) {
        const highest = [images[0], image]
          .map((scope) => state.grantFloors.get(`${address} ${scope}`) ?? 0n)
          .reduce((a, b) => (a > b ? a : b));
        expect(await view("grantFloor", [address, image, image])).toBe(highest);
        const nearest = [images[0], image]
          .map((scope) => state.offerEnds.get(`${address} ${scope}`) ?? (1n << 64n) - 1n)
          .reduce((a, b) => (a < b ? a : b));
        expect(await view("offersEnd", [address, image])).toBe(nearest);
      }
    }
    for (const { attester, providerKeyId, policyDigest, until } of state.attestations.values()) {
      expect(await view("attestedUntil", [attester, providerKeyId, policyDigest])).toBe(until);
    }
    return catalogue(state, { kind: "app", token: tokens[0], now });
  }

  return { tokens, apply, compare, register, bid };
}
