// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Status} from "../../../contracts/types/Status.sol";
import {equal, isTrue} from "../support/Vm.sol";

/// @notice What is packed in one word: each part is read as written, and writing one leaves the others as they were.
contract StatusTest {
    function testFuzz_status_keepsItsParts(uint96 providerPaid, uint96 metered, uint32 unfunded) external pure {
        Status status =
            Status.wrap(0).withProviderPaid(providerPaid).withMetered(metered).withUnfunded(unfunded);
        _is(status, providerPaid, metered, unfunded, false);
        _is(status.withProviderPaid(~providerPaid), ~providerPaid, metered, unfunded, false);
        _is(status.withMetered(~metered), providerPaid, ~metered, unfunded, false);
        _is(status.withUnfunded(~unfunded), providerPaid, metered, ~unfunded, false);
        Status closed = status.withClosed();
        _is(closed, providerPaid, metered, unfunded, true);
        _is(closed.withProviderPaid(~providerPaid), ~providerPaid, metered, unfunded, true);
        _is(closed.withMetered(~metered), providerPaid, ~metered, unfunded, true);
        _is(closed.withUnfunded(~unfunded), providerPaid, metered, ~unfunded, true);
    }

    /// @dev The word as docs and others read it from storage.
    function test_status_isLaidOutAsDocumented() external pure {
        equal(Status.unwrap(Status.wrap(0).withProviderPaid(1)), 1, "providerPaid");
        equal(Status.unwrap(Status.wrap(0).withMetered(1)), 1 << 96, "metered of all");
        equal(Status.unwrap(Status.wrap(0).withUnfunded(1)), 1 << 192, "unfunded");
        equal(Status.unwrap(Status.wrap(0).withClosed()), 1 << 224, "closed");
    }

    function _is(Status status, uint96 providerPaid, uint96 metered, uint32 unfunded, bool closed) private pure {
        equal(status.providerPaid(), providerPaid, "providerPaid");
        equal(status.metered(), metered, "metered");
        equal(status.unfunded(), unfunded, "unfunded");
        isTrue(status.closed() == closed, "closed");
    }
}
