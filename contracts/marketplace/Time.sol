// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @dev The present second. Time stops in February 2106, when 32 bits overflow.
function present() view returns (uint32) {
    return uint32(Math.min(block.timestamp, type(uint32).max));
}
