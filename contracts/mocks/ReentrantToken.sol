// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TestToken} from "./TestToken.sol";

/// @title Token that makes a configured call on every transfer, and records the result
contract ReentrantToken is TestToken("Reentrant", "RE", 6) {
    address private _target;
    bytes private _call;
    bool public attempted;
    bool public succeeded;
    bytes public answer;

    function arm(address target, bytes calldata call_) external {
        (_target, _call, attempted) = (target, call_, false);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (_target == address(0) || attempted) return;
        attempted = true;
        (succeeded, answer) = _target.call(_call);
    }
}
