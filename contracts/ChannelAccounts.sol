// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPaymentChannel} from "./interfaces/IPaymentChannel.sol";
import {Accounts} from "./libraries/Accounts.sol";
import {Payees} from "./libraries/Payees.sol";
import {Account, CLOSED, Ledger, PayeeAccount, Status} from "./types/Account.sol";

/// @title Storage of the channels: how it is found, read and shown, and how tokens move
abstract contract ChannelAccounts is IPaymentChannel {
    using SafeERC20 for IERC20;
    using Accounts for Ledger;

    uint32 public constant MIN_GRACE = 1 minutes;
    uint32 public constant MAX_GRACE = 90 days;
    uint256 public constant MAX_PAYEES = 16;
    /// @dev Index of the provider in `Withdrawn`.
    uint256 internal constant PROVIDER = type(uint256).max;

    mapping(bytes32 id => Account) internal _accounts;
    mapping(bytes32 id => mapping(uint256 index => PayeeAccount)) internal _payees;

    /// @inheritdoc IPaymentChannel
    /// @dev keccak256(abi.encode(block.chainid, address(this), header)) without re-encoding: a Header in calldata is its
    /// own encoding, 13 words. Creation reads or logs each field, which reverts where one is out of its type's range.
    function channelId(Header calldata header) public view returns (bytes32 id) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, chainid())
            mstore(add(free, 0x20), address())
            calldatacopy(add(free, 0x40), header, 0x1a0)
            id := keccak256(free, 0x1e0)
        }
    }

    /// @inheritdoc IPaymentChannel
    function channel(bytes32 id) external view returns (Channel memory) {
        Ledger memory ledger = _accounts[id].ledger;
        Status memory status = _accounts[id].status;
        bool closed = status.unlockAt == CLOSED;
        return Channel({
            deposited: ledger.deposited,
            exec: ledger.exec,
            providerPaid: status.providerPaid,
            metered: status.metered,
            acceptedAt: Accounts.acceptedAt(ledger, status),
            unlockAt: closed ? ledger.last : status.unlockAt,
            lastAccrual: ledger.last,
            fundedSeconds: ledger.start == 0 ? 0 : ledger.last - ledger.start,
            closed: closed
        });
    }

    /// @inheritdoc IPaymentChannel
    function available(Header calldata header) external view returns (uint96) {
        Account memory account = _accounts[channelId(header)];
        return uint96(account.ledger.available(account.status, header));
    }

    /// @inheritdoc IPaymentChannel
    function providerDue(Header calldata header) external view returns (uint96) {
        Account memory account = _accounts[channelId(header)];
        return account.ledger.exec - account.status.providerPaid;
    }

    /// @inheritdoc IPaymentChannel
    function due(Header calldata header, uint256 index, Payee calldata payee) external view returns (uint96) {
        bytes32 id = channelId(header);
        Account memory account = _accounts[id];
        uint256 funded = account.ledger.fundedSeconds(account.status, header);
        return uint96(account.ledger.due(funded, payee, _payees[id][index]));
    }

    /// @inheritdoc IPaymentChannel
    function payeeAccount(bytes32 id, uint256 index) external view returns (uint96 paid, uint96 metered) {
        PayeeAccount memory account = _payees[id][index];
        return (account.paid, account.metered);
    }

    /// @dev Takes exactly `amount` from the sender, or reverts.
    function _pull(address token, uint256 amount) internal {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert ChannelInexactTransfer(token, amount, received);
    }

    function _push(address token, address to, uint256 amount) internal {
        if (to == address(0) || to == address(this)) revert ChannelInvalidReceiver(to);
        IERC20(token).safeTransfer(to, amount);
    }

    function _load(Header calldata header) internal view returns (bytes32 id, Ledger memory ledger) {
        id = channelId(header);
        ledger = _accounts[id].ledger;
        if (ledger.deposited == 0 && ledger.last == 0) revert ChannelUnknownId(id);
    }

    function _loadAccepted(Header calldata header) internal view returns (bytes32 id, Ledger memory ledger) {
        (id, ledger) = _load(header);
        if (ledger.start == 0) revert ChannelNotAccepted(id);
    }

    function _requireSender(address needed) internal view {
        if (msg.sender != needed) revert ChannelInvalidSender(msg.sender, needed);
    }

    function _requireNotUnlocked(bytes32 id, Ledger memory ledger, Status memory status) internal view {
        if (status.unlockAt == 0 || block.timestamp < status.unlockAt) return;
        revert ChannelUnlocked(id, status.unlockAt == CLOSED ? ledger.last : status.unlockAt);
    }

    function _requirePayee(Header calldata header, uint256 index, Payee calldata payee, bytes32[] calldata proof)
        internal
        pure
    {
        if (!Payees.proves(proof, header.payeesRoot, index, payee)) revert ChannelInvalidProof(index);
    }
}
