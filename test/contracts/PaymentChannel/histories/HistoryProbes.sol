// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../../contracts/interfaces/IPaymentChannel.sol";
import {HistoryAttacks} from "./HistoryAttacks.sol";
import {Money} from "./HistoryWorld.sol";
import {Book, PushModel} from "./PushModel.sol";
import {equal, isTrue, vm} from "../../support/Vm.sol";

/// @title What could be done at this moment of a history, and would have to come out right
/// @notice Called by invariants only, whose effects are discarded: a probe may warp, block, withdraw and close at will.
abstract contract HistoryProbes is HistoryAttacks {
    using PushModel for Book;

    /// @dev Carries a result out of a call whose effects are undone.
    error Result(bytes32 sums);

    function count() external view returns (uint256) {
        return books.length;
    }

    /// @dev The model at the present second.
    function _present(uint256 index) private returns (Book storage book) {
        book = books[index];
        book.advance(vm.getBlockTimestamp());
    }

    /// @notice Of a token: what the channels together hold, owe or can refund, and how much dust there may be.
    function totals(uint256 money) external view returns (address money_, uint256 held, uint256 assigned, uint256 dust) {
        money_ = address(monies[money]);
        held = monies[money].balanceOf(address(channel));
        for (uint256 i = 0; i < books.length; ++i) {
            Book storage book = books[i];
            if (book.header.token != money_) continue;
            assigned += uint256(channel.available(book.header)) + channel.providerDue(book.header);
            for (uint256 j = 0; j < book.payees.length; ++j) {
                assigned += channel.due(book.header, j, book.payees[j]);
            }
            // A unit a payee and kind of floor; none where there is one payee, whose floor is that of the sum.
            if (book.payees.length > 1) dust += 2 * (book.payees.length - 1);
        }
    }

    function requireEqualToModel() external {
        for (uint256 i = 0; i < books.length; ++i) {
            Book storage book = _present(i);
            equal(channel.available(book.header), book.free, "available");
            equal(channel.providerDue(book.header), book.exec - book.providerPaid, "provider");
            for (uint256 j = 0; j < book.payees.length; ++j) {
                equal(channel.due(book.header, j, book.payees[j]), book.due(j), "payee");
            }
        }
    }

    function requireEqualStates() external {
        for (uint256 i = 0; i < books.length; ++i) {
            Book storage book = _present(i);
            IPaymentChannel.Channel memory state = channel.channel(book.id);
            equal(state.deposited, book.deposits - book.refunds, "deposited");
            equal(state.exec, book.exec, "exec");
            equal(state.acceptedAt, book.acceptedAt, "acceptedAt");
            equal(state.unlockAt, book.unlockAt, "unlockAt");
            isTrue(state.closed == book.closed, "closed");
            uint256 metered;
            for (uint256 j = 0; j < book.payees.length; ++j) {
                (uint96 paid, uint96 ofPayee) = channel.payeeAccount(book.id, j);
                equal(paid, book.paid[j], "paid");
                equal(ofPayee, book.metered[j], "metered");
                metered += ofPayee;
            }
            equal(state.metered, metered, "sum of vouchers");
        }
    }

    /// @notice Neither refunds nor payments of a channel come from another's deposits.
    function requireWithinDeposits() external view {
        for (uint256 i = 0; i < books.length; ++i) {
            Book storage book = books[i];
            uint256 out = book.refunds + channel.channel(book.id).providerPaid;
            for (uint256 j = 0; j < book.payees.length; ++j) {
                (uint96 paid,) = channel.payeeAccount(book.id, j);
                out += paid;
            }
            isTrue(out <= book.deposits, "refunds and payments within deposits");
        }
    }

    function requireNothingBeforeAcceptance() external view {
        for (uint256 i = 0; i < books.length; ++i) {
            Book storage book = books[i];
            if (book.acceptedAt != 0) continue;
            equal(channel.available(book.header), book.deposits - book.refunds, "all is free");
            equal(channel.providerDue(book.header), 0, "provider");
            for (uint256 j = 0; j < book.payees.length; ++j) {
                equal(channel.due(book.header, j, book.payees[j]), 0, "payee");
            }
        }
    }

    function requireExecUnderCap() external {
        for (uint256 i = 0; i < books.length; ++i) {
            Book storage book = _present(i);
            uint256 exec = channel.channel(book.id).exec;
            if (exec != 0) isTrue(exec <= book.cap(vm.getBlockTimestamp()), "exec under the cap");
        }
    }

    function requireIdsAreUsed() external {
        Book storage book = _any();
        vm.warp(START);
        vm.prank(publisher);
        try channel.createChannel(_terms(book.header), "", 1, book.payees) {
            revert("created twice");
        } catch (bytes memory reason) {
            bytes memory expected = abi.encodeWithSelector(IPaymentChannel.ChannelDuplicateId.selector, book.id);
            isTrue(keccak256(reason) == keccak256(expected), "duplicate id");
        }
    }

    /// @notice With everybody else blocked by the token, whoever is owed something can take it.
    function requireIndependence() external {
        Book storage book = _any();
        address[7] memory all = [publisher, provider, address(wallet), ALICE, BOB, CAROL, developers[3]];
        for (uint256 i = 0; i < all.length; ++i) blocklist.setBlocked(all[i], true);
        for (uint256 i = 0; i < book.payees.length; ++i) {
            address to = book.payees[i].to;
            uint256 expected = book.due(i);
            if (expected == 0) continue;
            blocklist.setBlocked(to, false);
            uint256 before = Money(book.header.token).balanceOf(to);
            vm.prank(to);
            channel.withdraw(book.header, i, book.payees[i], book.proofs[i], to);
            equal(Money(book.header.token).balanceOf(to) - before, expected, "payee");
            blocklist.setBlocked(to, true);
        }
    }

    /// @notice In whatever order all withdraw, everybody gets the same.
    function requireOrderIndependence() external {
        uint256 index = _anyIndex();
        isTrue(_tried(index, 0) == _tried(index, uint256(keccak256(abi.encode(_moment())))), "sums by order");
    }

    /// @dev Withdraws everything of a channel, from a payee on and in one or the other direction; reverts with the sums.
    function withdrawAll(uint256 index, uint256 order) external {
        Book storage book = _present(index);
        uint256 parties = book.payees.length + 1;
        uint256[] memory sums = new uint256[](parties);
        for (uint256 i = 0; i < parties; ++i) {
            uint256 party = (order + (order & 256 == 0 ? i : parties - i)) % parties;
            if (party < book.payees.length) {
                if (book.due(party) == 0) continue;
                vm.prank(book.payees[party].to);
                sums[party] =
                    channel.withdraw(book.header, party, book.payees[party], book.proofs[party], ELSEWHERE);
            } else if (book.exec != book.providerPaid) {
                vm.prank(book.header.provider);
                sums[party] = channel.withdrawProvider(book.header, ELSEWHERE);
            }
        }
        revert Result(keccak256(abi.encode(sums)));
    }

    function _tried(uint256 index, uint256 order) private returns (bytes32 sums) {
        try this.withdrawAll(index, order) {}
        catch (bytes memory reason) {
            isTrue(bytes4(reason) == Result.selector, "all could withdraw");
            sums = abi.decode(_arguments(reason), (bytes32));
        }
    }

    /// @notice Once an unlock is over, time changes nothing, and no claim gets over the cap at its end.
    function requireFrozenAfterUnlock() external {
        Book storage book = _any();
        if (book.unlockAt == 0) {
            vm.prank(publisher);
            channel.unlock(book.header);
            book.unlockAt = channel.channel(book.id).unlockAt;
        }
        if (!_over(book)) vm.warp(book.unlockAt);
        bytes32 before = _dues(book);
        _after(3_650 days);
        isTrue(_dues(book) == before, "dues are frozen");
        if (book.acceptedAt == 0) return;
        book.advance(vm.getBlockTimestamp());
        uint256 expected = book.claim(type(uint96).max, book.unlockAt);
        if (book.header.meter == address(0)) {
            vm.prank(book.header.provider);
            equal(channel.claim(book.header, type(uint96).max, ""), expected, "cap at the end");
        }
    }

    /// @notice What was signed once does nothing when shown again.
    function requireReplaysDoNothing() external {
        Book storage book = _any();
        bytes32 before = _dues(book);
        if (book.receipt.length != 0) {
            vm.prank(MALLORY);
            (bool done,) = address(channel).call(book.receipt);
            // It may be that funds or time did not suffice for all of it then.
            isTrue(done, "a receipt never reverts");
            book.claim(_claimOf(book.receipt), vm.getBlockTimestamp());
        }
        if (book.voucher.length != 0) {
            vm.prank(MALLORY);
            (bool done,) = address(channel).call(book.voucher);
            isTrue(done, "a voucher never reverts");
            (, uint256 index,,, uint96 cumulative,) = abi.decode(
                _arguments(book.voucher),
                (IPaymentChannel.Header, uint256, IPaymentChannel.Payee, bytes32[], uint96, bytes)
            );
            book.redeem(index, cumulative);
        }
        for (uint256 i = 0; i < book.payees.length; ++i) {
            equal(channel.due(book.header, i, book.payees[i]), book.due(i), "no more than was signed");
        }
        bytes32 once = _dues(book);
        if (book.receipt.length != 0) _again(book.receipt);
        if (book.voucher.length != 0) _again(book.voucher);
        isTrue(_dues(book) == once, "a second time changes nothing");
        if (book.receipt.length == 0 && book.voucher.length == 0) isTrue(once == before, "nothing happened");
    }

    /// @notice At any moment a channel can be wound up, and nothing but dust stays.
    function requireWindUp() external {
        Book storage book = _any();
        uint256 held = Money(book.header.token).balanceOf(address(channel));
        uint256 expected = book.deposits - book.refunds - book.providerPaid;
        for (uint256 i = 0; i < book.payees.length; ++i) expected -= book.paid[i];
        if (!book.closed) {
            if (book.unlockAt == 0) {
                vm.prank(publisher);
                channel.unlock(book.header);
            }
            vm.warp(uint256(channel.channel(book.id).unlockAt) + (_over(book) ? 1 days : 0));
            vm.prank(publisher);
            channel.closeChannel(book.header, ELSEWHERE);
        }
        if (channel.providerDue(book.header) != 0) {
            vm.prank(book.header.provider);
            channel.withdrawProvider(book.header, ELSEWHERE);
        }
        for (uint256 i = 0; i < book.payees.length; ++i) {
            if (channel.due(book.header, i, book.payees[i]) == 0) continue;
            vm.prank(book.payees[i].to);
            channel.withdraw(book.header, i, book.payees[i], book.proofs[i], ELSEWHERE);
        }
        uint256 left = expected - (held - Money(book.header.token).balanceOf(address(channel)));
        isTrue(left <= (book.payees.length > 1 ? 2 * (book.payees.length - 1) : 0), "nothing but dust stays");
        equal(channel.available(book.header), 0, "nothing is free");
    }

    /// @notice Mallory, whom nobody owes anything, has nothing.
    function requireStrangersHaveNothing() external view {
        for (uint256 i = 0; i < 3; ++i) equal(monies[i].balanceOf(MALLORY), 0, "stolen");
    }

    function _dues(Book storage book) private view returns (bytes32 sums) {
        sums = keccak256(abi.encode(channel.available(book.header), channel.providerDue(book.header)));
        for (uint256 i = 0; i < book.payees.length; ++i) {
            sums = keccak256(abi.encode(sums, channel.due(book.header, i, book.payees[i])));
        }
    }

    function _again(bytes storage data) private {
        vm.prank(MALLORY);
        (bool done,) = address(channel).call(data);
        isTrue(done, "again");
    }

    function _claimOf(bytes memory data) private pure returns (uint96 exec) {
        (, exec,) = abi.decode(_arguments(data), (IPaymentChannel.Header, uint96, bytes));
    }

    /// @dev Differs from call to call of a history.
    function _moment() private view returns (uint256) {
        return total + vm.getBlockTimestamp();
    }

    function _anyIndex() private view returns (uint256) {
        return uint256(keccak256(abi.encode(_moment()))) % books.length;
    }

    function _any() private returns (Book storage) {
        return _present(_anyIndex());
    }
}
