// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TestToken} from "./TestToken.sol";

/// @title Token that takes one percent from the sender, on top of what arrives
contract SenderFeeToken is TestToken("Sender fee", "SFEE", 6) {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && value >= 100) super._update(from, address(0), value / 100);
    }
}
