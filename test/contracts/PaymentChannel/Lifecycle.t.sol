// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {equal, isTrue, vm} from "../support/Vm.sol";

/// @notice Acceptance, deposits, unlock, termination, refund and closing.
contract LifecycleTest is ChannelFixture {
    function _asPublisher(bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(publisher);
    }

    function _refuseStranger(address needed) private {
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSender.selector, STRANGER, needed));
        vm.prank(STRANGER);
    }

    function test_onlyTheNamedPartyMayAct() external {
        _open();
        _refuseStranger(provider);
        channel.accept(header);
        _refuseStranger(provider);
        channel.claim(header, 1, "");
        _refuseStranger(provider);
        channel.withdrawProvider(header, STRANGER);
        _refuseStranger(provider);
        channel.terminate(header);
        _refuseStranger(publisher);
        channel.unlock(header);
        _refuseStranger(publisher);
        channel.withdrawUnlocked(header, STRANGER);
        _refuseStranger(publisher);
        channel.closeChannel(header, STRANGER);
    }

    function test_unknownChannel() external {
        bytes memory refusal = abi.encodeWithSelector(IPaymentChannel.ChannelUnknownId.selector, id);
        vm.expectRevert(refusal);
        channel.deposit(header, 1);
        _asPublisher(refusal);
        channel.unlock(header);
        _asPublisher(refusal);
        channel.closeChannel(header, publisher);
        vm.expectRevert(refusal);
        vm.prank(provider);
        channel.accept(header);
        vm.expectRevert(refusal);
        vm.prank(provider);
        channel.claim(header, 1, "");
        bytes32[] memory proof = _proof(0);
        vm.expectRevert(refusal);
        channel.withdrawFor(header, 0, payees[0], proof);
        equal(channel.available(header) + channel.providerDue(header) + _due(0), 0, "views");
    }

    function test_otherTermsAreAnotherChannel() external {
        _open();
        header.maxExecRate += 1;
        bytes32 other = channel.channelId(header);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelUnknownId.selector, other));
        vm.prank(provider);
        channel.claim(header, 1, "");
    }

    function test_accept_vestsAndStartsTheRates() external {
        _create(DEPOSIT);
        _after(5 minutes);
        vm.prank(provider);
        channel.accept(header);
        _after(10);
        equal(_due(0), 1_000, "one-time");
        equal(_due(1), 30, "rate");
        equal(_due(2), 5, "half rate");
        equal(channel.channel(id).acceptedAt, START + 5 minutes, "acceptedAt");
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelAlreadyAccepted.selector, id));
        vm.prank(provider);
        channel.accept(header);
    }

    function test_accept_untilItsLastSecond() external {
        _create(DEPOSIT);
        vm.warp(header.acceptBy + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IPaymentChannel.ChannelAcceptanceExpired.selector, header.acceptBy)
        );
        vm.prank(provider);
        channel.accept(header);
        vm.warp(header.acceptBy);
        vm.prank(provider);
        channel.accept(header);
    }

    function test_accept_needsTheOneTimeFees() external {
        _create(999);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInsufficientDeposit.selector, 999, 1_000));
        vm.prank(provider);
        channel.accept(header);
    }

    function test_notAccepted() external {
        _create(DEPOSIT);
        bytes memory refusal = abi.encodeWithSelector(IPaymentChannel.ChannelNotAccepted.selector, id);
        vm.expectRevert(refusal);
        vm.prank(provider);
        channel.claim(header, 1, "");
        vm.expectRevert(refusal);
        vm.prank(provider);
        channel.terminate(header);
        bytes32[] memory proof = _proof(2);
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 1);
        vm.expectRevert(refusal);
        channel.redeem(header, 2, payees[2], proof, 1, voucher);
    }

    function test_unaccepted_unlocksAtOnceAndIsRefunded() external {
        _create(DEPOSIT);
        _unlock();
        bytes memory over = abi.encodeWithSelector(IPaymentChannel.ChannelUnlocked.selector, id, START);
        vm.expectRevert(over);
        vm.prank(provider);
        channel.accept(header);
        vm.prank(publisher);
        equal(channel.withdrawUnlocked(header, STRANGER), DEPOSIT, "refund");
        equal(token.balanceOf(STRANGER), DEPOSIT, "received");
        // All slots but one mark are empty now: the id must stay used.
        _asPublisher(abi.encodeWithSelector(IPaymentChannel.ChannelDuplicateId.selector, id));
        channel.createChannel(_terms(header), "", DEPOSIT, payees);
        _asPublisher(over);
        channel.deposit(header, 1);
        _asPublisher(abi.encodeWithSelector(IPaymentChannel.ChannelNothingDue.selector, id));
        channel.withdrawUnlocked(header, publisher);
        _after(10 days);
        vm.prank(publisher);
        equal(channel.closeChannel(header, publisher), 0, "nothing more");
        isTrue(channel.channel(id).closed, "closed");
        equal(channel.channel(id).unlockAt, START, "unlockAt");
    }

    function test_deposit_ofAnybodyAddsFunds() external {
        _open();
        token.mint(STRANGER, 50);
        vm.startPrank(STRANGER);
        token.approve(address(channel), 50);
        channel.deposit(header, 50);
        vm.stopPrank();
        equal(channel.channel(id).deposited, DEPOSIT + 50, "deposited");
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelZeroAmount.selector));
        channel.deposit(header, 0);
        _assertConserved();
    }

    function test_deposit_isBoundedByItsType() external {
        _open();
        token.mint(publisher, type(uint96).max);
        vm.expectRevert(
            abi.encodeWithSelector(IPaymentChannel.ChannelExcessiveDeposit.selector, uint256(type(uint96).max) + 1)
        );
        vm.prank(publisher);
        channel.deposit(header, type(uint96).max - DEPOSIT + 1);
        vm.prank(publisher);
        channel.deposit(header, type(uint96).max - DEPOSIT);
        equal(channel.channel(id).deposited, type(uint96).max, "deposited");
    }

    function test_unlock_isCancelledByThePublishersDepositOnly() external {
        _open();
        _unlock();
        equal(channel.channel(id).unlockAt, START + GRACE, "unlockAt");
        token.mint(STRANGER, 1);
        vm.startPrank(STRANGER);
        token.approve(address(channel), 1);
        channel.deposit(header, 1);
        vm.stopPrank();
        equal(channel.channel(id).unlockAt, START + GRACE, "a stranger's deposit");
        vm.prank(publisher);
        channel.deposit(header, 1);
        equal(channel.channel(id).unlockAt, 0, "the publisher's deposit");
        _after(2 * GRACE);
        equal(_due(1), 2 * uint256(GRACE) * 3, "accrual goes on");
        _asPublisher(abi.encodeWithSelector(IPaymentChannel.ChannelLocked.selector, id, 0));
        channel.withdrawUnlocked(header, publisher);
    }

    function test_unlock_cannotBeStartedTwice() external {
        _open();
        _unlock();
        _after(10);
        _asPublisher(abi.encodeWithSelector(IPaymentChannel.ChannelAlreadyUnlocking.selector, id, START + GRACE));
        channel.unlock(header);
    }

    function test_unlock_isFinalOnceOver() external {
        _open();
        _unlock();
        _after(GRACE);
        bytes memory over = abi.encodeWithSelector(IPaymentChannel.ChannelUnlocked.selector, id, START + GRACE);
        _asPublisher(over);
        channel.deposit(header, 1);
        _asPublisher(over);
        channel.unlock(header);
        vm.expectRevert(over);
        vm.prank(provider);
        channel.terminate(header);
        vm.prank(publisher);
        channel.closeChannel(header, publisher);
        _asPublisher(over);
        channel.deposit(header, 1);
    }

    function test_refund_notBeforeTheUnlockIsOver() external {
        _open();
        _asPublisher(abi.encodeWithSelector(IPaymentChannel.ChannelLocked.selector, id, 0));
        channel.withdrawUnlocked(header, publisher);
        _unlock();
        _after(GRACE - 1);
        _asPublisher(abi.encodeWithSelector(IPaymentChannel.ChannelLocked.selector, id, START + GRACE));
        channel.closeChannel(header, publisher);
    }

    function test_refund_leavesEveryDue() external {
        _open();
        _unlock();
        _after(GRACE + 1 days);
        // The provider's last claim; accrual and cap stopped with the unlock.
        equal(_claim(type(uint96).max), 10 * uint256(GRACE) + 100, "claimed");
        uint256 shares = 3_610 + 361;
        uint256 rest = DEPOSIT - 1_000 - 36_100 - shares - uint256(GRACE) * 7 / 2;
        vm.prank(publisher);
        equal(channel.withdrawUnlocked(header, publisher), rest, "refund");
        vm.prank(publisher);
        equal(channel.closeChannel(header, publisher), 0, "closing");
        IPaymentChannel.Channel memory state = channel.channel(id);
        equal(state.deposited, DEPOSIT - rest, "deposited less refunds");
        equal(state.unlockAt, START + GRACE, "unlockAt");
        equal(state.unfundedSeconds, 0, "unfundedSeconds");
        _after(365 days);
        equal(_withdraw(0), 1_000 + 3_610, "alice");
        equal(_withdraw(1), uint256(GRACE) * 3, "bob");
        equal(_withdraw(2), uint256(GRACE) / 2 + 361, "carol");
        vm.prank(provider);
        equal(channel.withdrawProvider(header, provider), 36_100, "provider");
        equal(token.balanceOf(address(channel)), 0, "held");
        _asPublisher(abi.encodeWithSelector(IPaymentChannel.ChannelAlreadyClosed.selector, id));
        channel.closeChannel(header, publisher);
        equal(_claim(type(uint96).max), 36_100, "claims change nothing");
    }

    function test_refund_refusesAReceiverThatLosesIt() external {
        _open();
        _unlock();
        _after(GRACE);
        _asPublisher(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidReceiver.selector, address(0)));
        channel.withdrawUnlocked(header, address(0));
        _asPublisher(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidReceiver.selector, address(channel)));
        channel.closeChannel(header, address(channel));
    }

    function test_terminate_stopsEverythingNow() external {
        _open();
        _after(100);
        vm.prank(provider);
        channel.terminate(header);
        _after(1 days);
        equal(_due(1), 300, "rates");
        equal(_claim(type(uint96).max), 1_100, "cap");
        vm.prank(publisher);
        equal(channel.closeChannel(header, publisher), DEPOSIT - 1_000 - 350 - 1_100 - 110 - 11, "refund");
    }

    function test_terminate_shortensARunningUnlock() external {
        _open();
        _unlock();
        _after(10);
        vm.prank(provider);
        channel.terminate(header);
        equal(channel.channel(id).unlockAt, START + 10, "unlockAt");
    }

    function test_time_standsStillAtItsEnd() external {
        _open();
        vm.warp(uint256(type(uint32).max) + 1000);
        isTrue(_withdraw(1) > 0, "withdrawal");
        uint96 rest = _due(1);
        _after(1000 days);
        equal(_due(1), rest, "no more accrual");
        _unlock();
        equal(channel.channel(id).unlockAt, type(uint32).max, "unlockAt");
        vm.prank(publisher);
        channel.closeChannel(header, publisher);
    }
}
