// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Ledger, Ledgers} from "../../contracts/types/Ledger.sol";
import {PayeeAccount} from "../../contracts/types/PayeeAccount.sol";
import {Status} from "../../contracts/types/Status.sol";
import {equal, isTrue} from "./Vm.sol";

/// @notice What is packed in one word: each part is read as written, and writing one leaves the others as they were.
contract WordsTest {
    function testFuzz_ledger_keepsItsParts(uint96 funds, uint96 exec, uint32 start, uint32 end) external pure {
        Ledger ledger = Ledgers.pack(funds, exec, start, end);
        _is(ledger, funds, exec, start, end);
        _is(ledger.withFunds(~funds), ~funds, exec, start, end);
        _is(ledger.withExec(~exec), funds, ~exec, start, end);
        _is(ledger.withStart(~start), funds, exec, ~start, end);
        _is(ledger.withEnd(~end), funds, exec, start, ~end);
        isTrue(ledger.exists() == (funds != 0 || exec != 0 || start != 0 || end != 0), "exists");
    }

    function test_ledger_existsByAnyBit() external pure {
        isTrue(!Ledger.wrap(0).exists(), "nothing");
        for (uint256 bit = 0; bit < 256; ++bit) isTrue(Ledger.wrap(1 << bit).exists(), "something");
    }

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

    function testFuzz_payeeAccount_keepsItsParts(uint96 paid, uint96 metered) external pure {
        PayeeAccount account = PayeeAccount.wrap(0).withPaid(paid).withMetered(metered);
        _is(account, paid, metered);
        _is(account.withPaid(~paid), ~paid, metered);
        _is(account.withMetered(~metered), paid, ~metered);
    }

    /// @dev The words as docs and others read them from storage.
    function test_words_areLaidOutAsDocumented() external pure {
        equal(Ledger.unwrap(Ledgers.pack(1, 0, 0, 0)), 1, "funds");
        equal(Ledger.unwrap(Ledgers.pack(0, 1, 0, 0)), 1 << 96, "exec");
        equal(Ledger.unwrap(Ledgers.pack(0, 0, 1, 0)), 1 << 192, "start");
        equal(Ledger.unwrap(Ledgers.pack(0, 0, 0, 1)), 1 << 224, "end");
        equal(Status.unwrap(Status.wrap(0).withProviderPaid(1)), 1, "providerPaid");
        equal(Status.unwrap(Status.wrap(0).withMetered(1)), 1 << 96, "metered of all");
        equal(Status.unwrap(Status.wrap(0).withUnfunded(1)), 1 << 192, "unfunded");
        equal(Status.unwrap(Status.wrap(0).withClosed()), 1 << 224, "closed");
        equal(PayeeAccount.unwrap(PayeeAccount.wrap(0).withPaid(1)), 1, "paid");
        equal(PayeeAccount.unwrap(PayeeAccount.wrap(0).withMetered(1)), 1 << 96, "metered");
    }

    function _is(Ledger ledger, uint96 funds, uint96 exec, uint32 start, uint32 end) private pure {
        equal(ledger.funds(), funds, "funds");
        equal(ledger.exec(), exec, "exec");
        equal(ledger.start(), start, "start");
        equal(ledger.end(), end, "end");
    }

    function _is(Status status, uint96 providerPaid, uint96 metered, uint32 unfunded, bool closed) private pure {
        equal(status.providerPaid(), providerPaid, "providerPaid");
        equal(status.metered(), metered, "metered");
        equal(status.unfunded(), unfunded, "unfunded");
        isTrue(status.closed() == closed, "closed");
    }

    function _is(PayeeAccount account, uint96 paid, uint96 metered) private pure {
        equal(account.paid(), paid, "paid");
        equal(account.metered(), metered, "metered");
    }
}
