// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Multi-payee payment channel of a pod
/// @notice A publisher funds one channel; the provider and up to 16 payees (developers, splitters, marketplaces) are
/// paid from it, each withdrawing without any other. Terms live in calldata and are proven by the channel id; storage
/// holds accumulators only. What is due to a payee is a pure function of them:
///
///   due = accepted * oneTime + floor(exec * share / 1e6) + floor(rate * fundedSeconds / 2^32) + metered - paid
///
/// The share is on top of the provider's execution price. Amounts are base units of the token; rates are base units
/// times 2^32 per second; shares are parts per million.
interface IPaymentChannel {
    /// @notice Who is paid what, for which image. Leaf of `Header.payeesRoot`.
    struct Payee {
        address to; // receives; the developer of the license
        bytes32 imageDigest; // D without the prefix `sha256:`
        bytes32 licenseHash; // EIP-712 struct hash of the license (docs/spec/license.md)
        uint96 oneTime; // vests at acceptance, not refundable from then on
        uint96 rate; // base units * 2^32 per second since acceptance, while funded
        uint32 share; // parts per million of the provider's execution cost, on top of it
        uint96 meteredCap; // upper bound of the cumulative voucher
    }

    /// @notice All terms of a channel. `channelId = keccak256(abi.encode(chainid, contract, header))`.
    struct Header {
        address publisher;
        address provider;
        address token;
        bytes32 podId; // chosen by the publisher at random: makes ids unique
        address meter; // zero: provider claims under `maxExecRate`; else its receipts are needed
        uint32 grace; // seconds between unlock and refund
        uint40 acceptBy; // last second in which the provider can accept
        uint96 maxExecRate; // base units * 2^32 per second: cap of claims over time
        uint96 execBurst; // base units claimable at once on top of the cap over time
        uint96 sumOneTime; // sums over all payees, checked once at creation
        uint96 sumRate;
        uint32 sumShare;
        bytes32 payeesRoot; // Merkle root over keccak256(abi.encode(index, payee))
    }

    /// @notice What is stored of a channel.
    struct Channel {
        uint96 deposited; // all deposits so far
        uint96 refunded; // all refunds to the publisher so far
        uint96 exec; // execution cost claimed so far, base units
        uint96 providerPaid; // of which paid out to the provider
        uint40 acceptedAt; // 0: not accepted
        uint40 unlockAt; // 0: not unlocking; else the second from which the rest is refundable
        uint40 lastAccrual; // until when fundedSeconds is computed
        uint40 fundedSeconds; // seconds since acceptance in which all rates were covered
        bool closed; // for ever
    }

    event ChannelCreated(
        bytes32 indexed channelId, address indexed publisher, address indexed provider, Header header
    );
    event PayeeListed(
        bytes32 indexed channelId, address indexed to, bytes32 indexed imageDigest, uint256 index, Payee payee
    );
    event Accepted(bytes32 indexed channelId);
    event Deposited(bytes32 indexed channelId, address indexed from, uint96 amount);
    event Claimed(bytes32 indexed channelId, uint96 exec, uint96 added);
    event Redeemed(bytes32 indexed channelId, uint256 indexed index, uint96 cumulative);
    event Withdrawn(bytes32 indexed channelId, address indexed payee, address to, uint96 amount);
    event UnlockStarted(bytes32 indexed channelId, uint40 unlockAt);
    event UnlockCancelled(bytes32 indexed channelId);
    event Terminated(bytes32 indexed channelId);
    event Refunded(bytes32 indexed channelId, uint96 amount);
    event ChannelClosed(bytes32 indexed channelId);

    /// @notice Creates and funds a channel from the sender's allowance; with a non-empty `quote` also accepts it.
    /// @param quote Provider's EIP-712 signature of `Quote(bytes32 channelId)` (EOA or ERC-1271), or empty.
    function createChannel(Header calldata header, Payee[] calldata payees, uint96 amount, bytes calldata quote)
        external
        returns (bytes32 channelId);

    /// @notice The same with an ERC-2612 permit; a permit that somebody else already used does no harm.
    function createChannelWithPermit(
        Header calldata header,
        Payee[] calldata payees,
        uint96 amount,
        bytes calldata quote,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (bytes32 channelId);

    /// @notice Provider accepts: one-time fees vest, rates begin. Reverts while unlocking and after `acceptBy`.
    function accept(Header calldata header) external;

    /// @notice Adds to the funds. From the publisher it also cancels a running unlock.
    function deposit(Header calldata header, uint96 amount) external;

    /// @notice Raises the cumulative execution cost towards `exec`, as far as cap and funds allow; never reverts for
    /// being too much. By the provider, or with `receipt` = the meter's EIP-712 signature of
    /// `Usage(bytes32 channelId,uint96 exec)` by anybody.
    /// @return claimed The cumulative execution cost after the call.
    function claim(Header calldata header, uint96 exec, bytes calldata receipt) external returns (uint96 claimed);

    /// @notice Raises a payee's metered total by the publisher's EIP-712 signature of
    /// `Voucher(bytes32 channelId,uint256 index,uint96 cumulative)`, up to `meteredCap` and the funds.
    function redeem(
        Header calldata header,
        uint256 index,
        Payee calldata payee,
        bytes32[] calldata proof,
        uint96 cumulative,
        bytes calldata voucher
    ) external returns (uint96 metered);

    /// @notice Provider takes what is due to it. @param to Where to; the provider decides.
    function withdrawProvider(Header calldata header, address to) external returns (uint96 amount);

    /// @notice A payee takes what is due to it. @param to Where to; the payee decides.
    function withdraw(
        Header calldata header,
        uint256 index,
        Payee calldata payee,
        bytes32[] calldata proof,
        address to
    ) external returns (uint96 amount);

    /// @notice Anybody makes the channel pay a payee at its recorded address (for splitter contracts).
    function withdrawFor(Header calldata header, uint256 index, Payee calldata payee, bytes32[] calldata proof)
        external
        returns (uint96 amount);

    /// @notice Publisher starts the unlock: ends at once where nothing was accepted, else after `grace`.
    function unlock(Header calldata header) external;

    /// @notice Provider gives up: accrual stops now, the publisher may take the rest at once.
    function terminate(Header calldata header) external;

    /// @notice Publisher takes what is not due to anybody, once the unlock is over.
    function withdrawUnlocked(Header calldata header, address to) external returns (uint96 amount);

    /// @notice The same, and closes the channel for ever; its id cannot be used again. Dues stay withdrawable.
    function closeChannel(Header calldata header, address to) external returns (uint96 amount);

    function channelId(Header calldata header) external view returns (bytes32);
    function channel(bytes32 id) external view returns (Channel memory);
    /// @notice Not yet due to anybody, at the present second.
    function available(Header calldata header) external view returns (uint96);
    /// @notice Due to the provider at the present second.
    function providerDue(Header calldata header) external view returns (uint96);
    /// @notice Due to a payee at the present second.
    function due(Header calldata header, uint256 index, Payee calldata payee) external view returns (uint96);
    /// @notice Paid to, and metered for, a payee so far.
    function payeeAccount(bytes32 id, uint256 index) external view returns (uint96 paid, uint96 metered);
}
