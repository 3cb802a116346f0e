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

    /// @notice What is stored of a channel, as of its last settlement; the views below give the present second.
    struct Channel {
        uint96 deposited; // deposits less refunds; at most 2^96 - 1, which bounds every other amount of the channel
        uint96 exec; // execution cost claimed so far, base units
        uint96 providerPaid; // of which paid out to the provider
        uint96 metered; // sum of the redeemed vouchers of all payees
        uint40 acceptedAt; // 0: not accepted
        uint40 unlockAt; // 0: not unlocking; else the second from which the rest is refundable
        uint40 lastAccrual; // until when fundedSeconds is computed
        uint40 fundedSeconds; // seconds since acceptance in which all rates were covered
        bool closed; // for ever
    }

    /// @notice The id has been used before; ids are single-use for ever.
    error ChannelDuplicateId(bytes32 channelId);
    /// @notice No channel was created with these terms on this chain and contract.
    error ChannelUnknownId(bytes32 channelId);
    error ChannelInvalidSender(address sender, address needed);
    error ChannelInvalidProvider(address provider);
    error ChannelInvalidToken(address token);
    /// @notice `grace` is outside of `MIN_GRACE` to `MAX_GRACE`.
    error ChannelInvalidGrace(uint32 grace);
    error ChannelAcceptanceExpired(uint40 acceptBy);
    error ChannelZeroAmount();
    /// @notice Acceptance would vest more one-time fees than were deposited.
    error ChannelInsufficientDeposit(uint96 deposited, uint96 needed);
    error ChannelTooManyPayees(uint256 payees, uint256 maximum);
    /// @notice The payee's address is zero or this contract.
    error ChannelInvalidPayee(uint256 index);
    /// @notice The sums over the payees differ from the header's.
    error ChannelInvalidSums(uint256 sumOneTime, uint256 sumRate, uint256 sumShare);
    /// @notice The Merkle root over the payees differs from the header's.
    error ChannelInvalidRoot(bytes32 payeesRoot);
    /// @notice The payee is not the one of the channel at this index.
    error ChannelInvalidProof(uint256 index);
    error ChannelInvalidSignature(address signer);
    error ChannelAlreadyAccepted(bytes32 channelId);
    error ChannelNotAccepted(bytes32 channelId);
    error ChannelAlreadyUnlocking(bytes32 channelId, uint40 unlockAt);
    /// @notice The unlock is over, which is final: no deposit, acceptance, unlock or termination any more.
    error ChannelUnlocked(bytes32 channelId, uint40 unlockAt);
    /// @notice The funds are locked until `unlockAt`; zero where no unlock was started.
    error ChannelLocked(bytes32 channelId, uint40 unlockAt);
    error ChannelAlreadyClosed(bytes32 channelId);
    /// @notice The token moved another amount than it was told (fee on transfer): refused.
    error ChannelInexactTransfer(address token, uint256 expected, uint256 received);
    /// @notice The receiver is zero or this contract.
    error ChannelInvalidReceiver(address receiver);
    error ChannelNothingDue(bytes32 channelId);

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
    /// @notice `index` is that of the payee, or 2^256 - 1 where the provider was paid.
    event Withdrawn(bytes32 indexed channelId, address indexed payee, uint256 index, address to, uint96 amount);
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

    /// @notice Adds to the funds. From the publisher it also cancels a running unlock. Reverts once an unlock is over.
    function deposit(Header calldata header, uint96 amount) external;

    /// @notice Raises the cumulative execution cost towards `exec`, as far as cap and funds allow; never reverts for
    /// being too much, and changes nothing where it is no more than before. Without a meter by the provider alone;
    /// with a meter by anybody who has `receipt`, its EIP-712 signature of `Usage(bytes32 channelId,uint96 exec)`.
    /// The cap is `maxExecRate` times the seconds since acceptance (until unlockAt) plus `execBurst`; the funds must
    /// cover the claim and the payees' shares of it, after all rates until now.
    /// @return claimed The cumulative execution cost after the call.
    function claim(Header calldata header, uint96 exec, bytes calldata receipt) external returns (uint96 claimed);

    /// @notice Raises a payee's metered total by the publisher's EIP-712 signature of
    /// `Voucher(bytes32 channelId,uint256 index,uint96 cumulative)`, up to `meteredCap` and the funds. By anybody.
    /// A publisher may sign at any time, so whoever relies on the funds counts the unused part of every `meteredCap`
    /// as spent.
    function redeem(
        Header calldata header,
        uint256 index,
        Payee calldata payee,
        bytes32[] calldata proof,
        uint96 cumulative,
        bytes calldata voucher
    ) external returns (uint96 metered);

    /// @notice Provider takes what is due to it; reverts with ChannelNothingDue where that is nothing.
    /// @param to Where to; the provider decides.
    function withdrawProvider(Header calldata header, address to) external returns (uint96 amount);

    /// @notice A payee takes what is due to it; reverts with ChannelNothingDue where that is nothing.
    /// @param to Where to; the payee decides.
    function withdraw(
        Header calldata header,
        uint256 index,
        Payee calldata payee,
        bytes32[] calldata proof,
        address to
    ) external returns (uint96 amount);

    /// @notice Anybody makes the channel pay a payee at its recorded address (for splitter contracts and batches).
    /// Returns zero, and does not revert, where nothing is due.
    function withdrawFor(Header calldata header, uint256 index, Payee calldata payee, bytes32[] calldata proof)
        external
        returns (uint96 amount);

    /// @notice Publisher starts the unlock: ends at once where nothing was accepted, else after `grace`. Accrual and
    /// the cap of claims stop at its end; nothing but the provider's `terminate` brings that end nearer. The provider
    /// claims before the end: what is not claimed when the publisher takes the rest is lost to it.
    function unlock(Header calldata header) external;

    /// @notice Provider gives up: accrual stops now, the publisher may take the rest at once; so it claims first.
    function terminate(Header calldata header) external;

    /// @notice Publisher takes what is not due to anybody, once the unlock is over; reverts with ChannelNothingDue where
    /// that is nothing.
    function withdrawUnlocked(Header calldata header, address to) external returns (uint96 amount);

    /// @notice The same, and closes the channel for ever; its id cannot be used again. Dues stay withdrawable.
    function closeChannel(Header calldata header, address to) external returns (uint96 amount);

    /// @notice Bounds of `Header.grace` in seconds, and of the number of payees.
    function MIN_GRACE() external view returns (uint32);
    function MAX_GRACE() external view returns (uint32);
    function MAX_PAYEES() external view returns (uint256);

    function channelId(Header calldata header) external view returns (bytes32);
    function channel(bytes32 id) external view returns (Channel memory);
    /// @notice Not yet due to anybody, at the present second.
    function available(Header calldata header) external view returns (uint96);
    /// @notice Due to the provider at the present second.
    function providerDue(Header calldata header) external view returns (uint96);
    /// @notice Due to a payee at the present second. Does not prove that the payee is one of the channel.
    function due(Header calldata header, uint256 index, Payee calldata payee) external view returns (uint96);
    /// @notice Paid to, and metered for, a payee so far.
    function payeeAccount(bytes32 id, uint256 index) external view returns (uint96 paid, uint96 metered);
}
