// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Multi-payee payment channel of a pod
/// @notice A publisher funds one channel; the provider and up to 16 payees (developers, splitters, marketplaces) are
/// paid from it, each withdrawing separately. Terms live in calldata and are proven by the channel id; storage
/// holds accumulators only. What is due to a payee is a pure function of them:
///
///   due = accepted * oneTime + floor(exec * share / 1e6) + floor(rate * fundedSeconds / 2^32) + metered - paid
///
/// The share is on top of the provider's execution price. Amounts are base units of the token; rates are base units
/// times 2^32 per second; shares are parts per million; times are seconds since 1970.
/// @dev Normative text: docs/spec/channel.md.
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

    /// @notice What the parties of a channel agree on apart from its payees: the first members of its header.
    struct Terms {
        address publisher;
        address provider;
        address token;
        bytes32 podId; // chosen by the publisher at random: makes ids unique
        address meter; // zero: provider claims under `maxExecRate`; else its receipts are needed
        uint32 grace; // seconds between unlock and refund
        uint40 acceptBy; // last second in which the provider can accept
        uint96 maxExecRate; // base units * 2^32 per second: cap of claims over time
        uint96 execBurst; // base units claimable at once on top of the cap over time
    }

    /// @notice All terms of a channel: `Terms`, and what follows from the payees. `channelId =
    /// keccak256(abi.encode(chainid, contract, header))`.
    struct Header {
        address publisher;
        address provider;
        address token;
        bytes32 podId;
        address meter;
        uint32 grace;
        uint40 acceptBy;
        uint96 maxExecRate;
        uint96 execBurst;
        uint96 sumOneTime; // sums over all payees, which creation computes, and the root
        uint96 sumRate;
        uint32 sumShare;
        bytes32 payeesRoot; // Merkle root over keccak256(abi.encode(index, payee))
    }

    /// @notice One of the channels to withdraw from.
    struct Withdrawal {
        Header header;
        uint256 payee; // which of the payees that are given beside the withdrawals
        uint256 index; // of that payee in the channel
        bytes32[] proof; // Merkle proof of that payee under `header.payeesRoot`
    }

    /// @notice What is stored about a channel. The views below give amounts at the present second.
    struct Channel {
        uint96 deposited; // deposits less refunds; at most 2^96 - 1, which bounds every other amount of the channel
        uint96 exec; // execution cost claimed so far
        uint96 providerPaid; // of which paid out to the provider
        uint96 metered; // redeemed vouchers of all payees
        uint40 acceptedAt; // 0: not accepted
        uint40 unlockAt; // 0: not unlocking; else the second from which the rest is refundable
        uint40 unfundedSeconds; // seconds since acceptance in which the rates were not covered, as of the last deposit
        bool closed; // permanent
    }

    // ---------------------------------------------------------------------------------------------------- errors

    /// @notice The id has been used before; ids are single-use.
    error ChannelDuplicateId(bytes32 channelId);
    /// @notice No channel was created with these terms on this chain and contract.
    error ChannelUnknownId(bytes32 channelId);
    /// @notice Only `needed` may call this.
    error ChannelInvalidSender(address sender, address needed);
    /// @notice The provider is zero.
    error ChannelInvalidProvider(address provider);
    /// @notice There is no contract at the token's address, or, in `withdrawMany`, not all channels have the same.
    error ChannelInvalidToken(address token);
    /// @notice `grace` is not between `MIN_GRACE` and `MAX_GRACE`.
    error ChannelInvalidGrace(uint32 grace);
    /// @notice The last second of creation and acceptance is past.
    error ChannelAcceptanceExpired(uint40 acceptBy);
    /// @notice A deposit of nothing.
    error ChannelZeroAmount();
    /// @notice Acceptance would vest more one-time fees than were deposited.
    error ChannelInsufficientDeposit(uint256 deposited, uint256 needed);
    /// @notice With this deposit, the deposits of the channel would no longer be below 2^96.
    error ChannelExcessiveDeposit(uint256 deposited);
    /// @notice More payees than `MAX_PAYEES`.
    error ChannelTooManyPayees(uint256 payees, uint256 maximum);
    /// @notice The payee's address is zero or this contract, or one of its members has bits outside its type.
    error ChannelInvalidPayee(uint256 index);
    /// @notice A member of the terms has bits outside its type.
    error ChannelInvalidTerms();
    /// @notice A sum over the payees is beyond its type in the header.
    error ChannelExcessiveSums(uint256 sumOneTime, uint256 sumRate, uint256 sumShare);
    /// @notice The payee is not the one of the channel at this index.
    error ChannelInvalidProof(uint256 index);
    /// @notice The signature of this message is not by `signer`.
    error ChannelInvalidSignature(address signer);
    /// @notice The provider has already accepted.
    error ChannelAlreadyAccepted(bytes32 channelId);
    /// @notice The provider has not accepted.
    error ChannelNotAccepted(bytes32 channelId);
    /// @notice An unlock is already running.
    error ChannelAlreadyUnlocking(bytes32 channelId, uint40 unlockAt);
    /// @notice The unlock is over, which is final: no more deposits, acceptance, unlock or termination.
    error ChannelUnlocked(bytes32 channelId, uint40 unlockAt);
    /// @notice The funds are locked until `unlockAt`; zero where no unlock was started.
    error ChannelLocked(bytes32 channelId, uint40 unlockAt);
    /// @notice The channel is closed.
    error ChannelAlreadyClosed(bytes32 channelId);
    /// @notice The token moved an amount other than requested (fee on transfer): refused.
    error ChannelInexactTransfer(address token, uint256 expected, uint256 received);
    /// @notice The receiver is zero or this contract.
    error ChannelInvalidReceiver(address receiver);
    /// @notice There is nothing to pay now; the id is zero where several channels were given.
    error ChannelNothingDue(bytes32 channelId);

    // ---------------------------------------------------------------------------------------------------- events
    // Together they tell every term and balance of every channel.

    /// @notice A channel was created and funded. These are the terms of its header; the rest follows from the payees,
    /// whose events come next in the same transaction. The id proves all of it.
    /// @param amount First deposit, base units.
    /// @param accepted Whether it was accepted at once, by a quote; else `Accepted` may follow later.
    event ChannelCreated(
        bytes32 indexed channelId,
        address indexed publisher,
        address indexed provider,
        address token,
        bytes32 podId,
        address meter,
        uint32 grace,
        uint40 acceptBy,
        uint96 maxExecRate,
        uint96 execBurst,
        uint96 amount,
        bool accepted
    );
    /// @notice A payee of the channel created just before; its index is its place among these events, from zero.
    event PayeeListed(
        bytes32 indexed channelId,
        address indexed to,
        bytes32 indexed imageDigest,
        bytes32 licenseHash,
        uint96 oneTime,
        uint96 rate,
        uint32 share,
        uint96 meteredCap
    );
    /// @notice The provider accepted after the creation: one-time fees vest, rates begin, at the time of the block.
    event Accepted(bytes32 indexed channelId);
    /// @notice Funds were added; seconds without funds until the time of the block are not owed.
    /// @param from Who paid.
    /// @param amount Base units.
    event Deposited(bytes32 indexed channelId, address indexed from, uint96 amount);
    /// @notice The cumulative execution cost was raised to `exec`, base units.
    event Claimed(bytes32 indexed channelId, uint96 exec);
    /// @notice The cumulative metered total of a payee was raised to `cumulative`, base units.
    event Redeemed(bytes32 indexed channelId, uint256 indexed index, uint96 cumulative);
    /// @notice A payee, or the provider, was paid.
    /// @param payee The one it was due to.
    /// @param index That of the payee, or 2^256 - 1 for the provider.
    /// @param amount Base units, sent to the receiver in the token's Transfer; `withdrawMany` makes one transfer of the sum.
    event Withdrawn(bytes32 indexed channelId, address indexed payee, uint256 index, uint96 amount);
    /// @notice The publisher started an unlock, which ends at `unlockAt`.
    event UnlockStarted(bytes32 indexed channelId, uint40 unlockAt);
    /// @notice The publisher's deposit cancelled the unlock.
    event UnlockCancelled(bytes32 indexed channelId);
    /// @notice The provider ended the channel at the time of the block.
    event Terminated(bytes32 indexed channelId);
    /// @notice The publisher took `amount` base units that were not due to anybody.
    event Refunded(bytes32 indexed channelId, uint96 amount);
    /// @notice The publisher closed the channel, permanently.
    event ChannelClosed(bytes32 indexed channelId);

    // ------------------------------------------------------------------------------------------------- publisher

    /// @notice Creates and funds a channel from the sender's allowance; with a non-empty `quote` also accepts it. By the
    /// publisher of the terms only.
    /// @param payees All of them, in the order of their indices; the sums and the root of the header follow from them.
    /// @param amount First deposit, base units; more than zero.
    /// @param quote Provider's EIP-712 signature of `Quote(bytes32 channelId)` (of a key, or ERC-1271), or empty.
    /// @return channelId The id of the new channel.
    function createChannel(Terms calldata terms, bytes calldata quote, uint96 amount, Payee[] calldata payees)
        external
        // slither-disable-next-line shadowing-local -- names what is returned
        returns (bytes32 channelId);

    /// @notice The same with an ERC-2612 permit of `amount` for this contract. A permit that somebody else already used
    /// does no harm: only the allowance counts.
    /// @param deadline Last second of the permit.
    /// @param v Signature of the permit, with `r` and `s`.
    function createChannelWithPermit(
        Terms calldata terms,
        bytes calldata quote,
        uint96 amount,
        Payee[] calldata payees,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    // slither-disable-next-line shadowing-local -- names what is returned
    ) external returns (bytes32 channelId);

    /// @notice The same by a signature transfer of Permit2 (`PERMIT2`), on chains that have it; no allowance to this
    /// contract is needed. The sender signs `PermitTransferFrom` of exactly `amount`, with this contract as spender:
    /// nobody else can use it.
    /// @param nonce Any number that the sender has not used with Permit2.
    /// @param deadline Last second of the signature.
    /// @param signature Of the sender (of a key, or ERC-1271).
    function createChannelWithPermit2(
        Terms calldata terms,
        bytes calldata quote,
        uint96 amount,
        Payee[] calldata payees,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    // slither-disable-next-line shadowing-local -- names what is returned
    ) external returns (bytes32 channelId);

    /// @notice Adds to the funds from the sender's allowance. By anybody; from the publisher it also cancels a running
    /// unlock. Reverts once an unlock is over.
    /// @param amount Base units, more than zero.
    function deposit(Header calldata header, uint96 amount) external;

    /// @notice The same with an ERC-2612 permit of `amount` by the sender, as in `createChannelWithPermit`.
    function depositWithPermit(Header calldata header, uint96 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external;

    /// @notice The same by a signature transfer of Permit2, as in `createChannelWithPermit2`.
    function depositWithPermit2(
        Header calldata header,
        uint96 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Publisher starts the unlock: ends at once where nothing was accepted, else after `grace`. Accrual and
    /// the cap of claims stop at its end; only the provider's `terminate` moves that end closer. The provider
    /// claims before the end: what is not claimed when the publisher takes the rest is lost to it.
    function unlock(Header calldata header) external;

    /// @notice Publisher withdraws what is not due to anybody, once the unlock is over; reverts with ChannelNothingDue if
    /// that is nothing.
    /// @param to Receiver, chosen by the publisher.
    /// @return amount Base units paid.
    function withdrawUnlocked(Header calldata header, address to) external returns (uint96 amount);

    /// @notice The same, and closes the channel permanently; its id cannot be used again. Dues stay withdrawable.
    /// @param to Receiver, chosen by the publisher.
    /// @return amount Base units paid, which may be zero.
    function closeChannel(Header calldata header, address to) external returns (uint96 amount);

    // -------------------------------------------------------------------------------------------------- provider

    /// @notice Provider accepts: one-time fees vest, rates begin. Reverts while unlocking and after `acceptBy`.
    function accept(Header calldata header) external;

    /// @notice Raises the cumulative execution cost towards `exec`, as far as cap and funds allow; does not revert if
    /// `exec` is too much, and changes nothing if it is no more than before. Without a meter by the provider alone;
    /// with a meter by anybody who has `receipt`, its EIP-712 signature of `Usage(bytes32 channelId,uint96 exec)`.
    /// The cap is `maxExecRate` times the seconds since acceptance (until unlockAt) plus `execBurst`; the funds must
    /// cover the claim and the payees' shares of it, after all rates until now.
    /// @param exec Cumulative execution cost, base units.
    /// @param receipt Signature of the meter (of a key, or ERC-1271); ignored where there is no meter.
    /// @return claimed The cumulative execution cost after the call.
    function claim(Header calldata header, uint96 exec, bytes calldata receipt) external returns (uint96 claimed);

    /// @notice `claim`, then `withdrawProvider`, by the provider.
    /// @param to Receiver, chosen by the provider.
    /// @return claimed The cumulative execution cost after the call.
    /// @return amount Base units paid.
    function claimAndWithdraw(Header calldata header, uint96 exec, bytes calldata receipt, address to)
        external
        returns (uint96 claimed, uint96 amount);

    /// @notice Provider withdraws what is due to it; reverts with ChannelNothingDue if that is nothing.
    /// @param to Receiver, chosen by the provider.
    /// @return amount Base units paid.
    function withdrawProvider(Header calldata header, address to) external returns (uint96 amount);

    /// @notice Provider ends the channel: accrual stops now and the publisher may take the rest at once, so claim first.
    function terminate(Header calldata header) external;

    // ---------------------------------------------------------------------------------------------------- payees

    /// @notice Raises a payee's metered total by the publisher's EIP-712 signature of
    /// `Voucher(bytes32 channelId,uint256 index,uint96 cumulative)`, up to `meteredCap` and the funds. By anybody.
    /// A publisher may sign at any time, so whoever relies on the funds counts the unused part of every `meteredCap`
    /// as spent.
    /// @param index Of the payee in the channel.
    /// @param proof Merkle proof of the payee under `header.payeesRoot`.
    /// @param cumulative Metered total, base units.
    /// @param voucher Signature of the publisher (of a key, or ERC-1271).
    /// @return metered The metered total after the call.
    function redeem(
        Header calldata header,
        uint256 index,
        Payee calldata payee,
        bytes32[] calldata proof,
        uint96 cumulative,
        bytes calldata voucher
    ) external returns (uint96 metered);

    /// @notice A payee withdraws what is due to it; reverts with ChannelNothingDue if that is nothing.
    /// @param index Of the payee in the channel.
    /// @param proof Merkle proof of the payee under `header.payeesRoot`.
    /// @param to Receiver, chosen by the payee.
    /// @return amount Base units paid.
    function withdraw(
        Header calldata header,
        uint256 index,
        Payee calldata payee,
        bytes32[] calldata proof,
        address to
    ) external returns (uint96 amount);

    /// @notice A payee withdraws what is due to it from many channels of one token, in one transfer. A channel with nothing
    /// due is skipped, so that nobody can make the call fail by paying for one of them first; one that is unknown,
    /// of another token or not the sender's is a mistake of the sender, and reverts everything. Reverts with ChannelNothingDue
    /// if nothing is due at all.
    /// @param payees The sender's terms, each once: the same image and offer is the same payee in every channel.
    /// @param to Receiver, chosen by the payee.
    /// @return amount Base units paid, the sum.
    function withdrawMany(Payee[] calldata payees, Withdrawal[] calldata withdrawals, address to)
        external
        returns (uint256 amount);

    /// @notice Anybody makes the channel pay a payee at its recorded address (for splitter contracts and batches).
    /// Returns zero, and does not revert, if nothing is due.
    /// @param index Of the payee in the channel.
    /// @param proof Merkle proof of the payee under `header.payeesRoot`.
    /// @return amount Base units paid.
    function withdrawFor(Header calldata header, uint256 index, Payee calldata payee, bytes32[] calldata proof)
        external
        returns (uint96 amount);

    // ----------------------------------------------------------------------------------------------------- views

    /// @notice Minimum of `Header.grace`, seconds.
    // slither-disable-next-line naming-convention -- the getter of a constant has the name of the constant
    function MIN_GRACE() external view returns (uint32);
    /// @notice Maximum of `Header.grace`, seconds.
    // slither-disable-next-line naming-convention -- the getter of a constant has the name of the constant
    function MAX_GRACE() external view returns (uint32);
    /// @notice Maximum number of payees.
    // slither-disable-next-line naming-convention -- the getter of a constant has the name of the constant
    function MAX_PAYEES() external view returns (uint256);
    /// @notice Address of Permit2, on the chains that have it.
    // slither-disable-next-line naming-convention -- the getter of a constant has the name of the constant
    function PERMIT2() external view returns (address);

    /// @notice The id of the channel with these terms on this chain and contract, whether it exists or not.
    function channelId(Header calldata header) external view returns (bytes32);
    /// @notice What is stored about a channel; all zero if it does not exist.
    function channel(bytes32 id) external view returns (Channel memory);
    /// @notice Not yet due to anybody, at the present second, base units.
    function available(Header calldata header) external view returns (uint96);
    /// @notice Due to the provider at the present second, base units.
    function providerDue(Header calldata header) external view returns (uint96);
    /// @notice Due to a payee at the present second, base units. Does not prove that the payee is one of the channel.
    /// @param index Of the payee in the channel.
    function due(Header calldata header, uint256 index, Payee calldata payee) external view returns (uint96);
    /// @notice Paid to, and metered for, a payee so far, base units.
    /// @param index Of the payee in the channel.
    function payeeAccount(bytes32 id, uint256 index) external view returns (uint96 paid, uint96 metered);
}
