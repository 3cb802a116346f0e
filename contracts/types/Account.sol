// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Ledger} from "./Ledger.sol";
import {PayeeAccount} from "./PayeeAccount.sol";
import {Status} from "./Status.sol";

/// @notice Everything that is stored about a channel.
struct Account {
    Ledger ledger;
    Status status;
    mapping(uint256 index => PayeeAccount) payees;
}
