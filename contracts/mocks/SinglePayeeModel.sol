// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title A minimal payment channel: one publisher, one provider, a cumulative total paid at once
/// @notice A yardstick for gas, measured in the same run as the real contract. It has the faults of such a design
/// (the provider can take everything at once) and is never deployed.
contract SinglePayeeModel {
    using SafeERC20 for IERC20;

    error Refused();

    struct Account {
        uint128 deposited;
        uint128 withdrawn;
    }

    IERC20 private immutable _token;
    mapping(address publisher => mapping(address provider => mapping(bytes32 podId => Account))) public accounts;

    event Deposited(address indexed publisher, address indexed provider, bytes32 indexed podId, uint256 amount);
    event Withdrawn(address indexed publisher, address indexed provider, bytes32 indexed podId, uint256 amount);

    constructor(IERC20 token) {
        _token = token;
    }

    function createChannel(address provider, bytes32 podId, uint128 amount) external {
        Account storage account = accounts[msg.sender][provider][podId];
        if (amount == 0 || account.deposited != 0) revert Refused();
        account.deposited = amount;
        emit Deposited(msg.sender, provider, podId, amount);
        _token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function withdrawUpTo(address publisher, bytes32 podId, uint128 total, address to) external {
        Account storage account = accounts[publisher][msg.sender][podId];
        if (total > account.deposited || total <= account.withdrawn) revert Refused();
        uint256 amount = total - account.withdrawn;
        account.withdrawn = total;
        emit Withdrawn(publisher, msg.sender, podId, amount);
        _token.safeTransfer(to, amount);
    }
}
