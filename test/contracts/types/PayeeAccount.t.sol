// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PayeeAccount} from "../../../contracts/types/PayeeAccount.sol";
import {equal} from "../support/Vm.sol";

/// @notice What is packed in one word: each part is read as written, and writing one leaves the others as they were.
contract PayeeAccountTest {
    function testFuzz_payeeAccount_keepsItsParts(uint96 paid, uint96 metered) external pure {
        PayeeAccount account = PayeeAccount.wrap(0).withPaid(paid).withMetered(metered);
        _is(account, paid, metered);
        _is(account.withPaid(~paid), ~paid, metered);
        _is(account.withMetered(~metered), paid, ~metered);
    }

    /// @dev The word as docs and others read it from storage.
    function test_payeeAccount_isLaidOutAsDocumented() external pure {
        equal(PayeeAccount.unwrap(PayeeAccount.wrap(0).withPaid(1)), 1, "paid");
        equal(PayeeAccount.unwrap(PayeeAccount.wrap(0).withMetered(1)), 1 << 96, "metered");
    }

    function _is(PayeeAccount account, uint96 paid, uint96 metered) private pure {
        equal(account.paid(), paid, "paid");
        equal(account.metered(), metered, "metered");
    }
}
