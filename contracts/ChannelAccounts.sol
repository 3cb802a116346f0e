// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "./interfaces/IPaymentChannel.sol";
import {Accounts} from "./libraries/Accounts.sol";
import {Headers} from "./libraries/Headers.sol";
import {Account} from "./types/Account.sol";
import {Ledger} from "./types/Ledger.sol";
import {PayeeAccount} from "./types/PayeeAccount.sol";
import {Status} from "./types/Status.sol";

/// @title Storage of the channels, and its views
abstract contract ChannelAccounts is IPaymentChannel {
    using Accounts for Ledger;
    using Headers for Header;

    // slither-disable-next-line uninitialized-state -- a mapping; written through storage references
    mapping(bytes32 id => Account) internal _accounts;

    /// @inheritdoc IPaymentChannel
    function channelId(Header calldata header) external view returns (bytes32) {
        return header.id();
    }

    /// @inheritdoc IPaymentChannel
    function channel(bytes32 id) external view returns (Channel memory) {
        Ledger ledger = _accounts[id].ledger;
        Status status = _accounts[id].status;
        return Channel({
            deposited: uint96(ledger.funds() + status.metered()),
            exec: uint96(ledger.exec()),
            providerPaid: uint96(status.providerPaid()),
            metered: uint96(status.metered()),
            acceptedAt: uint40(ledger.start() - status.unfunded()),
            unlockAt: uint40(ledger.end()),
            unfundedSeconds: uint40(status.unfunded()),
            closed: status.closed()
        });
    }

    /// @inheritdoc IPaymentChannel
    function available(Header calldata header) external view returns (uint96) {
        Ledger ledger = _accounts[header.id()].ledger;
        return uint96(ledger.available(header));
    }

    /// @inheritdoc IPaymentChannel
    function providerDue(Header calldata header) external view returns (uint96) {
        Account storage account = _accounts[header.id()];
        return uint96(account.ledger.exec() - account.status.providerPaid());
    }

    /// @inheritdoc IPaymentChannel
    function due(Header calldata header, uint256 index, Payee calldata payee) external view returns (uint96) {
        Account storage account = _accounts[header.id()];
        Ledger ledger = account.ledger;
        return uint96(ledger.due(header, payee, account.payees[index]));
    }

    /// @inheritdoc IPaymentChannel
    function payeeAccount(bytes32 id, uint256 index) external view returns (uint96 paid, uint96 metered) {
        PayeeAccount account = _accounts[id].payees[index];
        return (uint96(account.paid()), uint96(account.metered()));
    }

    /// @dev The channel of `header`, which must exist.
    function _load(Header calldata header)
        internal
        view
        returns (bytes32 id, Account storage account, Ledger ledger)
    {
        id = header.id();
        account = _accounts[id];
        ledger = account.ledger;
        if (!ledger.exists()) revert ChannelUnknownId(id);
    }

    /// @dev The channel of `header`, which must be accepted.
    function _loadAccepted(Header calldata header)
        internal
        view
        returns (bytes32 id, Account storage account, Ledger ledger)
    {
        (id, account, ledger) = _load(header);
        if (ledger.start() == 0) revert ChannelNotAccepted(id);
    }

    function _requireSender(address needed) internal view {
        if (msg.sender != needed) revert ChannelInvalidSender(msg.sender, needed);
    }

    // slither-disable-next-line timestamp -- all terms are in seconds; the few that a proposer can shift do no harm
    function _requireNotUnlocked(bytes32 id, Ledger ledger) internal view {
        uint256 end = ledger.end();
        if (end != 0 && block.timestamp >= end) revert ChannelUnlocked(id, uint40(end));
    }
}
