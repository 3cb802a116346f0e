// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {equal, isTrue, vm} from "../support/Vm.sol";

/// @notice Faults that were found by running Apocryph's Payment.sol (v1) and PaymentV2.sol (v2); here none of them works.
contract UpstreamFaultsTest is ChannelFixture {
    /// @dev There, an unlock survived into a channel that was created again, and ended its protection.
    function test_v1_1_staleUnlock_ofAReCreatedChannel() external {
        _create(DEPOSIT);
        _unlock();
        vm.prank(publisher);
        channel.withdrawUnlocked(header, publisher);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelDuplicateId.selector, id));
        vm.prank(publisher);
        channel.createChannel(_terms(header), "", DEPOSIT, payees);
        header.podId = keccak256("another");
        _complete();
        _open();
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelLocked.selector, id, 0));
        vm.prank(publisher);
        channel.withdrawUnlocked(header, publisher);
    }

    /// @dev There, authorisations survived closing, and drained the channel when it was created again.
    function test_v1_2_authorisationSurvivesClosing() external {
        _open();
        bytes32[] memory proof = _proof(2);
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 500);
        bytes memory quote = _quote();
        _unlock();
        _after(GRACE);
        vm.prank(publisher);
        channel.closeChannel(header, publisher);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelAcceptanceExpired.selector, header.acceptBy));
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, DEPOSIT, payees);
        vm.warp(START);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelDuplicateId.selector, id));
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, DEPOSIT, payees);
        header.podId = keccak256("another");
        _complete();
        _open();
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSignature.selector, publisher));
        channel.redeem(header, 2, payees[2], proof, 500, voucher);
    }

    /// @dev There, the provider could take the whole deposit at once.
    function test_v1_3_providerTakesEverythingAtOnce() external {
        _open();
        equal(_claim(DEPOSIT), header.execBurst, "no more than the burst");
    }

    /// @dev There, asking for one unit too much gave nothing, and the pod ran on unpaid.
    function test_v1_4_askingForTooMuchGivesNothing() external {
        header.maxExecRate = type(uint96).max;
        _complete();
        _open();
        _after(1);
        isTrue(_claim(DEPOSIT + 1) > 88_000, "what is there");
    }

    /// @dev There, one unit withdrawn by the provider ended the unlock, and a deposit of one unit cancelled it.
    function test_v1_5_unlockMovedByOthers() external {
        _open();
        _unlock();
        _after(1);
        _claim(1);
        vm.prank(provider);
        channel.withdrawProvider(header, provider);
        token.mint(STRANGER, 1);
        vm.startPrank(STRANGER);
        token.approve(address(channel), 1);
        channel.deposit(header, 1);
        vm.stopPrank();
        equal(channel.channel(id).unlockAt, START + GRACE, "unlockAt");
    }

    /// @dev There, a sub-channel needed its amount twice. Here every debit is taken once: all of the funds can be spent.
    function test_v1_6_amountNeededTwice() external {
        delete payees;
        payees.push(_payee(ALICE, 0, 0, 0, DEPOSIT));
        _complete();
        _open();
        bytes32[] memory proof = _proof(0);
        bytes memory voucher = _voucher(PUBLISHER_KEY, 0, DEPOSIT);
        equal(channel.redeem(header, 0, payees[0], proof, DEPOSIT, voucher), DEPOSIT, "all of it");
        equal(_withdraw(0), DEPOSIT, "withdrawn");
    }

    /// @dev There, no unlock time and no provider were accepted.
    function test_v1_7_zeroUnlockTimeAndZeroProvider() external {
        header.grace = 0;
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidGrace.selector, 0));
        vm.prank(publisher);
        channel.createChannel(_terms(header), "", DEPOSIT, payees);
        header.grace = GRACE;
        header.provider = address(0);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidProvider.selector, address(0)));
        vm.prank(publisher);
        channel.createChannel(_terms(header), "", DEPOSIT, payees);
    }

    /// @dev There, whoever came first took what others had earned.
    function test_v2_1_firstComerTakesAll() external {
        header.maxExecRate = type(uint96).max;
        _complete();
        _open();
        _after(100);
        (uint256 alice, uint256 bob, uint256 carol) = (_due(0), _due(1), _due(2));
        _claim(type(uint96).max);
        vm.prank(provider);
        channel.withdrawProvider(header, provider);
        isTrue(_withdraw(0) >= alice && _withdraw(1) >= bob && _withdraw(2) >= carol, "everybody's dues are there");
    }

    /// @dev There, the publisher could take back what payees had earned, where it was not reserved.
    function test_v2_2_publisherTakesBackWhatIsOwed() external {
        _open();
        _after(100);
        _claim(1_000);
        uint256 owed = uint256(_due(0)) + _due(1) + _due(2) + channel.providerDue(header);
        _unlock();
        _after(GRACE);
        vm.prank(publisher);
        channel.closeChannel(header, publisher);
        isTrue(token.balanceOf(address(channel)) >= owed, "what was owed is still there");
        equal(_withdraw(0), 1_100, "alice");
    }

    /// @dev There, more could be promised than was deposited, and `uint128(2 ** 128)` counted as nothing.
    function test_v2_3_promisesBeyondTheDeposit_andTruncation() external {
        bytes memory quote = _quote();
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInsufficientDeposit.selector, 500, 1_000));
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, 500, payees);
        bytes memory data = abi.encodeCall(channel.createChannel, (_terms(header), "", DEPOSIT, payees));
        // The amount comes after 9 words of terms and the offset of the quote: 2^96 is refused, not truncated to zero.
        assembly {
            mstore(add(data, add(36, mul(10, 32))), shl(96, 1))
        }
        vm.prank(publisher);
        (bool success,) = address(channel).call(data);
        isTrue(!success, "refused");
    }
}
