// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {MarketplaceFixture} from "./MarketplaceFixture.sol";
import {NoZeroToken} from "../support/NoZeroToken.sol";
import {equal} from "../support/Vm.sol";

/// @notice Placement with a token that refuses to move nothing.
contract NothingMovesInTheMarketTest is MarketplaceFixture {
    function test_anotherRate_withoutDeposit() external {
        _use(new NoZeroToken());
        _bid(BOB, UNIT, 1_000);
        _bid(BOB, 2 * UNIT, 0);
        equal(market.bidOf(app, address(token), BOB).rate, 2 * UNIT, "rate");
    }

    function test_cancelling_withoutRest() external {
        _use(new NoZeroToken());
        _bid(BOB, UNIT, 10);
        _after(10);
        equal(_cancel(BOB), 0, "refund");
    }
}
