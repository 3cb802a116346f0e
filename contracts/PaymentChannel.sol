// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ChannelAccounts} from "./ChannelAccounts.sol";
import {ChannelSignatures} from "./ChannelSignatures.sol";
import {IPaymentChannel} from "./interfaces/IPaymentChannel.sol";
import {Accounts} from "./libraries/Accounts.sol";
import {Payees} from "./libraries/Payees.sol";
import {CLOSED, Ledger, PayeeAccount, Status} from "./types/Account.sol";

/// @title Multi-payee payment channel of a pod
/// @notice See IPaymentChannel. No owner, no pause, no upgrade. Tokens that rebase are not supported; tokens that take a
/// fee on transfer are refused. Accounts are kept per channel, so a bad token harms only the channels that name it.
contract PaymentChannel is ChannelAccounts, ChannelSignatures, ReentrancyGuardTransient {
    using Accounts for Ledger;

    // ------------------------------------------------------------------------------------------------- publisher

    /// @inheritdoc IPaymentChannel
    function createChannel(Header calldata header, Payee[] calldata payees, uint96 amount, bytes calldata quote)
        external
        nonReentrant
        returns (bytes32)
    {
        return _create(header, payees, amount, quote);
    }

    /// @inheritdoc IPaymentChannel
    function createChannelWithPermit(
        Header calldata header,
        Payee[] calldata payees,
        uint96 amount,
        bytes calldata quote,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (bytes32) {
        if (header.token.code.length == 0) revert ChannelInvalidToken(header.token);
        // A permit seen in the mempool can be used by anybody first; what counts is the allowance it leaves.
        try IERC20Permit(header.token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        return _create(header, payees, amount, quote);
    }

    /// @inheritdoc IPaymentChannel
    function deposit(Header calldata header, uint96 amount) external nonReentrant {
        if (amount == 0) revert ChannelZeroAmount();
        (bytes32 id, Ledger memory ledger) = _load(header);
        Status memory status = _accounts[id].status;
        _requireNotUnlocked(id, ledger, status);
        // Before the new funds count: seconds without funds are not owed later.
        ledger.settle(status, header);
        if (status.unlockAt != 0 && msg.sender == header.publisher) {
            status.unlockAt = 0;
            emit UnlockCancelled(id);
        }
        ledger.deposited += amount;
        _accounts[id].ledger = ledger;
        _accounts[id].status = status;
        emit Deposited(id, msg.sender, amount);
        _pull(header.token, amount);
    }

    /// @inheritdoc IPaymentChannel
    function unlock(Header calldata header) external nonReentrant {
        _requireSender(header.publisher);
        (bytes32 id, Ledger memory ledger) = _load(header);
        Status memory status = _accounts[id].status;
        _requireNotUnlocked(id, ledger, status);
        if (status.unlockAt != 0) revert ChannelAlreadyUnlocking(id, status.unlockAt);
        uint32 unlockAt = Accounts.time();
        if (ledger.start == 0) {
            // Marks the first slot, so that `accept` sees it there and the id stays used when all funds are refunded.
            _accounts[id].ledger.last = unlockAt;
        } else {
            unlockAt = uint32(Math.min(uint256(unlockAt) + header.grace, type(uint32).max));
        }
        _accounts[id].status.unlockAt = unlockAt;
        emit UnlockStarted(id, unlockAt);
    }

    /// @inheritdoc IPaymentChannel
    function withdrawUnlocked(Header calldata header, address to) external nonReentrant returns (uint96 amount) {
        bytes32 id;
        (id, amount) = _refund(header, to, false);
        if (amount == 0) revert ChannelNothingDue(id);
    }

    /// @inheritdoc IPaymentChannel
    function closeChannel(Header calldata header, address to) external nonReentrant returns (uint96 amount) {
        (, amount) = _refund(header, to, true);
    }

    // -------------------------------------------------------------------------------------------------- provider

    /// @inheritdoc IPaymentChannel
    function accept(Header calldata header) external nonReentrant {
        _requireSender(header.provider);
        (bytes32 id, Ledger memory ledger) = _load(header);
        if (ledger.start != 0) revert ChannelAlreadyAccepted(id);
        if (ledger.last != 0) revert ChannelUnlocked(id, ledger.last);
        if (header.acceptBy < block.timestamp) revert ChannelAcceptanceExpired(header.acceptBy);
        _accept(id, ledger, header);
        _accounts[id].ledger = ledger;
    }

    /// @inheritdoc IPaymentChannel
    function claim(Header calldata header, uint96 exec, bytes calldata receipt)
        external
        nonReentrant
        returns (uint96 claimed)
    {
        (bytes32 id, Ledger memory ledger) = _loadAccepted(header);
        if (header.meter == address(0)) _requireSender(header.provider);
        else _checkUsage(header.meter, id, exec, receipt);
        claimed = uint96(Math.min(exec, ledger.claimLimit(_accounts[id].status, header)));
        if (claimed <= ledger.exec) return ledger.exec;
        emit Claimed(id, claimed, claimed - ledger.exec);
        _accounts[id].ledger.exec = claimed;
    }

    /// @inheritdoc IPaymentChannel
    function withdrawProvider(Header calldata header, address to) external nonReentrant returns (uint96 amount) {
        _requireSender(header.provider);
        (bytes32 id, Ledger memory ledger) = _load(header);
        amount = ledger.exec - _accounts[id].status.providerPaid;
        if (amount == 0) revert ChannelNothingDue(id);
        _accounts[id].status.providerPaid = ledger.exec;
        emit Withdrawn(id, header.provider, PROVIDER, to, amount);
        _push(header.token, to, amount);
    }

    /// @inheritdoc IPaymentChannel
    function terminate(Header calldata header) external nonReentrant {
        _requireSender(header.provider);
        (bytes32 id, Ledger memory ledger) = _loadAccepted(header);
        _requireNotUnlocked(id, ledger, _accounts[id].status);
        _accounts[id].status.unlockAt = Accounts.time();
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
    ) external nonReentrant returns (uint96 metered) {
        (bytes32 id, Ledger memory ledger) = _loadAccepted(header);
        _requirePayee(header, index, payee, proof);
        _checkVoucher(header.publisher, id, index, cumulative, voucher);
        Status memory status = _accounts[id].status;
        uint96 before = _payees[id][index].metered;
        uint256 affordable = before + ledger.available(status, header);
        metered = uint96(Math.min(Math.min(cumulative, payee.meteredCap), affordable));
        if (metered <= before) return before;
        _accounts[id].status.metered = status.metered + (metered - before);
        _payees[id][index].metered = metered;
        emit Redeemed(id, index, metered);
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
        (id, amount) = _withdraw(header, index, payee, proof, to);
        if (amount == 0) revert ChannelNothingDue(id);
    }

    /// @inheritdoc IPaymentChannel
    function withdrawFor(Header calldata header, uint256 index, Payee calldata payee, bytes32[] calldata proof)
        external
        nonReentrant
        returns (uint96 amount)
    {
        (, amount) = _withdraw(header, index, payee, proof, payee.to);
    }

    // --------------------------------------------------------------------------------------------------- private

    function _create(Header calldata header, Payee[] calldata payees, uint96 amount, bytes calldata quote)
        private
        returns (bytes32 id)
    {
        _requireSender(header.publisher);
        if (header.provider == address(0)) revert ChannelInvalidProvider(header.provider);
        if (header.token.code.length == 0) revert ChannelInvalidToken(header.token);
        if (header.grace < MIN_GRACE || header.grace > MAX_GRACE) revert ChannelInvalidGrace(header.grace);
        if (header.acceptBy < block.timestamp) revert ChannelAcceptanceExpired(header.acceptBy);
        if (amount == 0) revert ChannelZeroAmount();
        id = channelId(header);
        Ledger memory ledger = _accounts[id].ledger;
        if (ledger.deposited != 0 || ledger.last != 0) revert ChannelDuplicateId(id);

        emit ChannelCreated(id, header.publisher, header.provider, header);
        _list(id, header, payees);
        ledger.deposited = amount;
        emit Deposited(id, msg.sender, amount);
        if (quote.length != 0) {
            _checkQuote(header.provider, id, quote);
            _accept(id, ledger, header);
        }
        _accounts[id].ledger = ledger;
        _pull(header.token, amount);
    }

    /// @dev The only time all payees are seen: checks the sums and the root that everything later relies on.
    function _list(bytes32 id, Header calldata header, Payee[] calldata payees) private {
        uint256 count = payees.length;
        if (count > MAX_PAYEES) revert ChannelTooManyPayees(count, MAX_PAYEES);
        bytes32[] memory leaves = new bytes32[](count);
        uint256 oneTime;
        uint256 rate;
        uint256 share;
        for (uint256 i = 0; i < count; ++i) {
            Payee calldata payee = payees[i];
            if (payee.to == address(0) || payee.to == address(this)) revert ChannelInvalidPayee(i);
            oneTime += payee.oneTime;
            rate += payee.rate;
            share += payee.share;
            leaves[i] = Payees.leaf(i, payee);
            emit PayeeListed(id, payee.to, payee.imageDigest, i, payee);
        }
        if (oneTime != header.sumOneTime || rate != header.sumRate || share != header.sumShare) {
            revert ChannelInvalidSums(oneTime, rate, share);
        }
        bytes32 root = Payees.root(leaves);
        if (root != header.payeesRoot) revert ChannelInvalidRoot(root);
    }

    /// @dev Changes `ledger` in memory; the caller stores it.
    function _accept(bytes32 id, Ledger memory ledger, Header calldata header) private {
        if (ledger.deposited < header.sumOneTime) {
            revert ChannelInsufficientDeposit(ledger.deposited, header.sumOneTime);
        }
        ledger.start = Accounts.time();
        ledger.last = ledger.start;
        emit Accepted(id);
    }

    function _withdraw(
        Header calldata header,
        uint256 index,
        Payee calldata payee,
        bytes32[] calldata proof,
        address to
    ) private returns (bytes32 id, uint96 amount) {
        Ledger memory ledger;
        (id, ledger) = _load(header);
        _requirePayee(header, index, payee, proof);
        uint256 funded = ledger.fundedSeconds(_accounts[id].status, header);
        PayeeAccount memory account = _payees[id][index];
        amount = uint96(ledger.due(funded, payee, account));
        if (amount == 0) return (id, 0);
        _payees[id][index].paid = account.paid + amount;
        emit Withdrawn(id, payee.to, index, to, amount);
        _push(header.token, to, amount);
    }

    function _refund(Header calldata header, address to, bool close) private returns (bytes32 id, uint96 amount) {
        _requireSender(header.publisher);
        Ledger memory ledger;
        (id, ledger) = _load(header);
        Status memory status = _accounts[id].status;
        if (status.unlockAt == CLOSED) revert ChannelAlreadyClosed(id);
        if (status.unlockAt == 0 || block.timestamp < status.unlockAt) revert ChannelLocked(id, status.unlockAt);
        ledger.settle(status, header);
        amount = uint96(ledger.available(status, header));
        ledger.deposited -= amount;
        if (close) {
            status.unlockAt = CLOSED;
            emit ChannelClosed(id);
        }
        _accounts[id].ledger = ledger;
        _accounts[id].status = status;
        if (amount == 0) return (id, 0);
        emit Refunded(id, amount);
        _push(header.token, to, amount);
    }
}
