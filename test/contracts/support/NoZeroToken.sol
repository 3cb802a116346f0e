// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TestToken} from "../../../contracts/mocks/TestToken.sol";

/// @notice A token that refuses to move nothing, as some do.
contract NoZeroToken is TestToken("No zero", "NZ", 6) {
    error Nothing();

    function _update(address from, address to, uint256 value) internal override {
        if (value == 0) revert Nothing();
        super._update(from, to, value);
    }
}
