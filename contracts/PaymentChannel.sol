// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ChannelAccounts} from "./ChannelAccounts.sol";
import {ChannelSignatures} from "./ChannelSignatures.sol";
import {ChannelTokens} from "./ChannelTokens.sol";
import {IPaymentChannel} from "./interfaces/IPaymentChannel.sol";
import {Accounts} from "./libraries/Accounts.sol";
import {Headers} from "./libraries/Headers.sol";
import {Payees} from "./libraries/Payees.sol";
import {Account} from "./types/Account.sol";
import {Ledger, Ledgers} from "./types/Ledger.sol";
import {PayeeAccount} from "./types/PayeeAccount.sol";
import {Status} from "./types/Status.sol";

/// @title Multi-payee payment channel of a pod
/// @notice See IPaymentChannel. No owner, no pause, no upgrade. Tokens that rebase are not supported; tokens that take a
/// fee on transfer are refused. Accounts are kept per channel, so a bad token harms only the channels that name it.
/// @dev Functions that move tokens are guarded against reentry, and move them last. The others call only
/// signature checks, which are static.
contract PaymentChannel is ChannelAccounts, ChannelSignatures, ChannelTokens, ReentrancyGuardTransient {
    using Accounts for Ledger;
    using Headers for Header;
    using Headers for Terms;
    using Payees for Payee[];

    /// @inheritdoc IPaymentChannel
    uint32 public constant MIN_GRACE = 1 minutes;
    /// @inheritdoc IPaymentChannel
    uint32 public constant MAX_GRACE = 90 days;
    /// @inheritdoc IPaymentChannel
    uint256 public constant MAX_PAYEES = 16;
    /// @dev Index of the provider in `Withdrawn`.
    uint256 private constant PROVIDER = type(uint256).max;

    // ------------------------------------------------------------------------------------------------- publisher

    /// @inheritdoc IPaymentChannel
    function createChannel(Terms calldata terms, bytes calldata quote, uint96 amount, Payee[] calldata payees)
        external
        nonReentrant
        returns (bytes32 id)
    {
        id = _create(terms, payees, amount, quote);
        _pull(terms.token, amount);
    }

    /// @inheritdoc IPaymentChannel
    function createChannelWithPermit(
        Terms calldata terms,
        bytes calldata quote,
        uint96 amount,
        Payee[] calldata payees,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (bytes32 id) {
        id = _create(terms, payees, amount, quote);
        _permit(terms.token, amount, deadline, v, r, s);
        _pull(terms.token, amount);
    }

    /// @inheritdoc IPaymentChannel
    function createChannelWithPermit2(
        Terms calldata terms,
        bytes calldata quote,
        uint96 amount,
        Payee[] calldata payees,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant returns (bytes32 id) {
        id = _create(terms, payees, amount, quote);
        _pullWithPermit2(terms.token, amount, nonce, deadline, signature);
    }

    /// @inheritdoc IPaymentChannel
    function deposit(Header calldata header, uint96 amount) external nonReentrant {
        _deposit(header, amount);
        _pull(header.token, amount);
    }

    /// @inheritdoc IPaymentChannel
    function depositWithPermit(Header calldata header, uint96 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
    {
        _deposit(header, amount);
        _permit(header.token, amount, deadline, v, r, s);
        _pull(header.token, amount);
    }

    /// @inheritdoc IPaymentChannel
    function depositWithPermit2(
        Header calldata header,
        uint96 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        _deposit(header, amount);
        _pullWithPermit2(header.token, amount, nonce, deadline, signature);
    }

    /// @inheritdoc IPaymentChannel
    function unlock(Header calldata header) external {
        _requireSender(header.publisher);
        (bytes32 id, Account storage account, Ledger ledger) = _load(header);
        _requireNotUnlocked(id, ledger);
        if (ledger.end() != 0) revert ChannelAlreadyUnlocking(id, uint40(ledger.end()));
        uint256 end = Accounts.time();
        if (ledger.start() != 0) end = Math.min(end + header.grace, type(uint32).max);
        account.ledger = ledger.withEnd(uint32(end));
        emit UnlockStarted(id, uint32(end));
    }

    /// @inheritdoc IPaymentChannel
    function withdrawUnlocked(Header calldata header, address to) external nonReentrant returns (uint96 amount) {
        bytes32 id;
        (id, amount) = _refund(header, false);
        if (amount == 0) revert ChannelNothingDue(id);
        _push(header.token, to, amount);
    }

    /// @inheritdoc IPaymentChannel
    function closeChannel(Header calldata header, address to) external nonReentrant returns (uint96 amount) {
        (, amount) = _refund(header, true);
        if (amount != 0) _push(header.token, to, amount);
    }

    // -------------------------------------------------------------------------------------------------- provider

    /// @inheritdoc IPaymentChannel
    // slither-disable-next-line timestamp -- all terms are in seconds; the few that a proposer can shift do no harm
    function accept(Header calldata header) external {
        _requireSender(header.provider);
        (bytes32 id, Account storage account, Ledger ledger) = _load(header);
        if (ledger.start() != 0) revert ChannelAlreadyAccepted(id);
        if (ledger.end() != 0) revert ChannelUnlocked(id, uint40(ledger.end()));
        if (header.acceptBy < block.timestamp) revert ChannelAcceptanceExpired(header.acceptBy);
        account.ledger = ledger.withStart(_acceptance(ledger.funds(), header.sumOneTime));
        emit Accepted(id);
    }

    /// @inheritdoc IPaymentChannel
    function claim(Header calldata header, uint96 exec, bytes calldata receipt) external returns (uint96 claimed) {
        (bytes32 id, Account storage account, Ledger ledger) = _loadAccepted(header);
        if (header.meter == address(0)) _requireSender(header.provider);
        return _claim(header, id, account, ledger, exec, receipt);
    }

    /// @inheritdoc IPaymentChannel
    function claimAndWithdraw(Header calldata header, uint96 exec, bytes calldata receipt, address to)
        external
        nonReentrant
        returns (uint96 claimed, uint96 amount)
    {
        _requireSender(header.provider);
        (bytes32 id, Account storage account, Ledger ledger) = _loadAccepted(header);
        claimed = _claim(header, id, account, ledger, exec, receipt);
        amount = _payProvider(header, id, account, claimed, to);
    }

    /// @inheritdoc IPaymentChannel
    function withdrawProvider(Header calldata header, address to) external nonReentrant returns (uint96 amount) {
        _requireSender(header.provider);
        (bytes32 id, Account storage account, Ledger ledger) = _load(header);
        return _payProvider(header, id, account, uint96(ledger.exec()), to);
    }

    /// @inheritdoc IPaymentChannel
    function terminate(Header calldata header) external {
        _requireSender(header.provider);
        (bytes32 id, Account storage account, Ledger ledger) = _loadAccepted(header);
        _requireNotUnlocked(id, ledger);
        account.ledger = ledger.withEnd(uint32(Accounts.time()));
        emit Terminated(id);
    }

    // ---------------------------------------------------------------------------------------------------- payees

    /// @inheritdoc IPaymentChannel
    function redeem(
        Header calldata header,
        uint256 index,
        Payee calldata payee,
        bytes32[] calldata proof,
        uint96 cumulative,
        bytes calldata voucher
    ) external returns (uint96 metered) {
        _requirePayee(header, index, payee, proof);
        return _redeem(header, index, payee.meteredCap, cumulative, voucher);
    }

    /// @inheritdoc IPaymentChannel
    function withdraw(
        Header calldata header,
        uint256 index,
        Payee calldata payee,
        bytes32[] calldata proof,
        address to
    ) external nonReentrant returns (uint96 amount) {
        _requireSender(payee.to);
        bytes32 id;
        (id, amount) = _debit(header, index, payee, proof);
        if (amount == 0) revert ChannelNothingDue(id);
        _push(header.token, to, amount);
    }

    /// @inheritdoc IPaymentChannel
    function withdrawMany(Payee[] calldata payees, Withdrawal[] calldata withdrawals, address to)
        external
        nonReentrant
        returns (uint256 amount)
    {
        if (withdrawals.length == 0) revert ChannelNothingDue(0);
        address token = withdrawals[0].header.token;
        for (uint256 i = 0; i < withdrawals.length; ++i) {
            Withdrawal calldata each = withdrawals[i];
            if (each.header.token != token) revert ChannelInvalidToken(each.header.token);
            Payee calldata payee = payees[each.payee];
            _requireSender(payee.to);
            (, uint96 part) = _debit(each.header, each.index, payee, each.proof);
            amount += part;
        }
        if (amount == 0) revert ChannelNothingDue(0);
        _push(token, to, amount);
    }

    /// @inheritdoc IPaymentChannel
    function withdrawFor(Header calldata header, uint256 index, Payee calldata payee, bytes32[] calldata proof)
        external
        nonReentrant
        returns (uint96 amount)
    {
        (, amount) = _debit(header, index, payee, proof);
        if (amount != 0) _push(header.token, payee.to, amount);
    }

    // --------------------------------------------------------------------------------------------------- private

    /// @dev Everything but the transfer. The one write stores a channel that may be accepted already.
    // slither-disable-next-line timestamp -- all terms are in seconds; the few that a proposer can shift do no harm
    function _create(Terms calldata terms, Payee[] calldata payees, uint96 amount, bytes calldata quote)
        private
        returns (bytes32 id)
    {
        _requireSender(terms.publisher);
        if (!terms.isWellFormed()) revert ChannelInvalidTerms();
        address provider = terms.provider;
        uint32 grace = terms.grace;
        if (provider == address(0)) revert ChannelInvalidProvider(provider);
        if (terms.token.code.length == 0) revert ChannelInvalidToken(terms.token);
        if (grace < MIN_GRACE || grace > MAX_GRACE) revert ChannelInvalidGrace(grace);
        if (terms.acceptBy < block.timestamp) revert ChannelAcceptanceExpired(terms.acceptBy);
        if (amount == 0) revert ChannelZeroAmount();
        uint256 vesting;
        (id, vesting) = _complete(terms, payees);
        Account storage account = _accounts[id];
        if (account.ledger.exists()) revert ChannelDuplicateId(id);
        bool accepted = quote.length != 0;
        terms.emitCreated(id, amount, accepted);
        payees.emitListed(id);
        // slither-disable-next-line uninitialized-local -- zero: not accepted
        uint32 start;
        if (accepted) {
            _checkQuote(provider, id, quote);
            start = _acceptance(amount, vesting);
        }
        account.ledger = Ledgers.pack(amount, 0, start, 0);
    }

    /// @dev The header made of terms and payees.
    /// @return id Of the channel.
    /// @return sumOneTime What vests at acceptance.
    function _complete(Terms calldata terms, Payee[] calldata payees)
        private
        view
        returns (bytes32 id, uint256 sumOneTime)
    {
        if (payees.length > MAX_PAYEES) revert ChannelTooManyPayees(payees.length, MAX_PAYEES);
        (bytes32 root, uint256 totals, uint256 refused) = payees.digest();
        if (refused != 0) revert ChannelInvalidPayee(refused - 1);
        sumOneTime = totals & 0xfffffffffffffffffffffffff;
        uint256 rate = (totals >> 100) & 0xfffffffffffffffffffffffff;
        uint256 share = totals >> 200;
        if ((sumOneTime | rate) >> 96 | share >> 32 != 0) revert ChannelExcessiveSums(sumOneTime, rate, share);
        id = terms.idOf(sumOneTime, rate, share, root);
    }

    /// @dev The second of acceptance, now; the funds must cover what vests in it.
    function _acceptance(uint256 funds, uint256 vesting) private view returns (uint32) {
        if (funds < vesting) revert ChannelInsufficientDeposit(funds, vesting);
        return uint32(Accounts.time());
    }

    /// @dev Everything but the transfer.
    function _deposit(Header calldata header, uint96 amount) private {
        if (amount == 0) revert ChannelZeroAmount();
        (bytes32 id, Account storage account, Ledger ledger) = _load(header);
        _requireNotUnlocked(id, ledger);
        Status status = account.status;
        uint256 deposited = ledger.funds() + status.metered() + amount;
        if (deposited > type(uint96).max) revert ChannelExcessiveDeposit(deposited);
        // Before the new funds count: seconds without funds are not owed later.
        uint256 unfunded = ledger.unfundedSeconds(header);
        if (unfunded != 0) {
            ledger = ledger.withStart(uint32(ledger.start() + unfunded));
            account.status = status.withUnfunded(uint32(status.unfunded() + unfunded));
        }
        if (ledger.end() != 0 && msg.sender == header.publisher) {
            ledger = ledger.withEnd(0);
            emit UnlockCancelled(id);
        }
        account.ledger = ledger.withFunds(uint96(ledger.funds() + amount));
        emit Deposited(id, msg.sender, amount);
    }

    function _claim(
        Header calldata header,
        bytes32 id,
        Account storage account,
        Ledger ledger,
        uint96 exec,
        bytes calldata receipt
    ) private returns (uint96 claimed) {
        if (header.meter != address(0)) _checkUsage(header.meter, id, exec, receipt);
        claimed = uint96(ledger.claimable(account, header, exec));
        if (claimed <= ledger.exec()) return uint96(ledger.exec());
        account.ledger = ledger.withExec(claimed);
        emit Claimed(id, claimed);
    }

    function _redeem(Header calldata header, uint256 index, uint256 cap, uint96 cumulative, bytes calldata voucher)
        private
        returns (uint96 metered)
    {
        (bytes32 id, Account storage account, Ledger ledger) = _loadAccepted(header);
        _checkVoucher(header.publisher, id, index, cumulative, voucher);
        PayeeAccount own = account.payees[index];
        uint256 before = own.metered();
        metered = uint96(Math.min(Math.min(cumulative, cap), before + ledger.available(header)));
        if (metered <= before) return uint96(before);
        uint256 added = metered - before;
        account.ledger = ledger.withFunds(uint96(ledger.funds() - added));
        account.status = account.status.withMetered(uint96(account.status.metered() + added));
        account.payees[index] = own.withMetered(metered);
        emit Redeemed(id, index, metered);
    }

    function _payProvider(Header calldata header, bytes32 id, Account storage account, uint96 exec, address to)
        private
        returns (uint96 amount)
    {
        Status status = account.status;
        amount = uint96(exec - status.providerPaid());
        if (amount == 0) revert ChannelNothingDue(id);
        account.status = status.withProviderPaid(exec);
        emit Withdrawn(id, header.provider, PROVIDER, amount);
        _push(header.token, to, amount);
    }

    /// @dev Counts what is due to a payee as paid; the caller transfers it.
    function _debit(Header calldata header, uint256 index, Payee calldata payee, bytes32[] calldata proof)
        private
        returns (bytes32 id, uint96 amount)
    {
        Account storage account;
        Ledger ledger;
        (id, account, ledger) = _load(header);
        _requirePayee(header, index, payee, proof);
        PayeeAccount own = account.payees[index];
        amount = uint96(ledger.due(header, payee, own));
        if (amount == 0) return (id, 0);
        account.payees[index] = own.withPaid(uint96(own.paid() + amount));
        emit Withdrawn(id, payee.to, index, amount);
    }

    /// @dev Everything but the transfer. Funded seconds do not change: the remaining funds cover them.
    // slither-disable-next-line timestamp -- all terms are in seconds; the few that a proposer can shift do no harm
    function _refund(Header calldata header, bool close) private returns (bytes32 id, uint96 amount) {
        _requireSender(header.publisher);
        Account storage account;
        Ledger ledger;
        (id, account, ledger) = _load(header);
        Status status = account.status;
        if (status.closed()) revert ChannelAlreadyClosed(id);
        uint256 end = ledger.end();
        if (end == 0 || block.timestamp < end) revert ChannelLocked(id, uint40(end));
        amount = uint96(ledger.available(header));
        if (close) {
            account.status = status.withClosed();
            emit ChannelClosed(id);
        }
        if (amount == 0) return (id, 0);
        account.ledger = ledger.withFunds(uint96(ledger.funds() - amount));
        emit Refunded(id, amount);
    }

    function _requirePayee(Header calldata header, uint256 index, Payee calldata payee, bytes32[] calldata proof)
        private
        pure
    {
        if (!Payees.proves(proof, header.payeesRoot, index, payee)) revert ChannelInvalidProof(index);
    }
}
