// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PaymentChannel} from "../../../contracts/PaymentChannel.sol";
import {Ledger} from "../../../contracts/types/Ledger.sol";
import {PayeeAccount} from "../../../contracts/types/PayeeAccount.sol";
import {Status} from "../../../contracts/types/Status.sol";

/// @title The channel contract with a door to its storage
/// @notice Proofs begin in any state, not only in those that some history reaches. Nothing of the contract is changed.
contract ChannelHarness is PaymentChannel {
    function set(bytes32 id, Ledger ledger, Status status) external {
        _accounts[id].ledger = ledger;
        _accounts[id].status = status;
    }

    function setPayee(bytes32 id, uint256 index, PayeeAccount account) external {
        _accounts[id].payees[index] = account;
    }

    function get(bytes32 id) external view returns (Ledger, Status) {
        return (_accounts[id].ledger, _accounts[id].status);
    }
}

/// @title Token that only counts
/// @notice Tests cover what else real tokens do; here it would only add paths.
contract CountingToken {
    mapping(address account => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        return true;
    }
}
