// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Ledger, Ledgers} from "../../../contracts/types/Ledger.sol";
import {equal, isTrue} from "../support/Vm.sol";

/// @notice What is packed in one word: each part is read as written, and writing one leaves the others as they were.
contract LedgerTest {
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

    /// @dev The word as docs and others read it from storage.
    function test_ledger_isLaidOutAsDocumented() external pure {
        equal(Ledger.unwrap(Ledgers.pack(1, 0, 0, 0)), 1, "funds");
        equal(Ledger.unwrap(Ledgers.pack(0, 1, 0, 0)), 1 << 96, "exec");
        equal(Ledger.unwrap(Ledgers.pack(0, 0, 1, 0)), 1 << 192, "start");
        equal(Ledger.unwrap(Ledgers.pack(0, 0, 0, 1)), 1 << 224, "end");
    }

    function _is(Ledger ledger, uint96 funds, uint96 exec, uint32 start, uint32 end) private pure {
        equal(ledger.funds(), funds, "funds");
        equal(ledger.exec(), exec, "exec");
        equal(ledger.start(), start, "start");
        equal(ledger.end(), end, "end");
    }
}
