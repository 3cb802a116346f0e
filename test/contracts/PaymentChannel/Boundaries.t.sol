// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {NoZeroToken} from "../support/NoZeroToken.sol";
import {equal, isTrue, vm} from "../support/Vm.sol";

/// @notice Numbers at which one unit, or one second, more or less shows: random ones hardly ever meet them.
contract BoundariesTest is ChannelFixture {
    function _only(uint96 rate, uint32 share) private {
        delete payees;
        payees.push(_payee(ALICE, 0, rate, share, 0));
        header.maxExecRate = type(uint96).max;
        _complete();
    }

    function _openWith(uint96 amount) private {
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, amount, payees);
        _after(1);
    }

    /// @dev 999,999 * 1,000,001 = 10^12 - 1: with one millionth on top, all of the funds go to the provider.
    function test_claim_takesTheLastUnit() external {
        _only(0, 1);
        _openWith(999_999);
        equal(_claim(type(uint96).max), 999_999, "all of it");
        equal(_due(0), 0, "a share below one unit");
        equal(channel.available(header), 0, "nothing left");
    }

    /// @dev One unit more, and the share takes it.
    function test_claim_leavesTheUnitOfTheShare() external {
        _only(0, 1);
        _openWith(1_000_000);
        equal(_claim(type(uint96).max), 999_999, "the next would cost two");
        equal(channel.available(header), 1, "which are not there");
        token.mint(publisher, 1);
        vm.prank(publisher);
        channel.deposit(header, 1);
        equal(_claim(type(uint96).max), 1_000_000, "now they are");
        equal(_due(0), 1, "the share");
    }

    /// @dev 7 * 1,227,133,513 = 2^33 - 1: one unit pays that many seconds, and not one more.
    function test_rate_lastsToTheLastSecond() external {
        _only(7, 0);
        _openWith(1);
        vm.warp(START + 1_227_133_513);
        equal(_due(0), 1, "one unit");
        equal(channel.available(header), 0, "all of it");
        vm.prank(publisher);
        channel.deposit(header, 1);
        equal(channel.channel(id).unfundedSeconds, 0, "no second was without funds");
    }

    /// @dev One second later.
    function test_rate_doesNotLastLonger() external {
        _only(7, 0);
        _openWith(1);
        vm.warp(START + 1_227_133_514);
        equal(_due(0), 1, "no more than there is");
        vm.prank(publisher);
        channel.deposit(header, 1);
        equal(channel.channel(id).unfundedSeconds, 1, "one second was without funds");
    }

    /// @dev Each word of a payee is refused from the first bit that its type does not have to the last.
    function test_create_refusesEveryBitOutsideOfAType() external {
        delete payees;
        payees.push(_payee(ALICE, 1, 1, 1, 1));
        _complete();
        // `to`, `oneTime`, `rate`, `share`, `meteredCap`; fourteen words and a selector come before them.
        uint8[5] memory words = [0, 3, 4, 5, 6];
        uint8[5] memory widths = [160, 96, 96, 32, 96];
        for (uint256 i = 0; i < 5; ++i) {
            for (uint256 bit = widths[i]; bit < 256; ++bit) {
                bytes memory data = abi.encodeCall(channel.createChannel, (_terms(header), "", DEPOSIT, payees));
                uint256 offset = 36 + 32 * (14 + uint256(words[i]));
                assembly ("memory-safe") {
                    let word := add(data, offset)
                    mstore(word, or(mload(word), shl(bit, 1)))
                }
                vm.prank(publisher);
                (bool created,) = address(channel).call(data);
                isTrue(!created, "refused");
            }
        }
    }

    /// @dev Where there is no meter, a receipt is nothing that could stop the provider.
    function test_claim_withoutMeter_doesNotLookAtTheReceipt() external {
        _open();
        bytes memory receipt = _receipt(METER_KEY, 90);
        vm.prank(provider);
        equal(channel.claim(header, 90, receipt), 90, "claimed");
    }
}

contract NothingMovesTest is ChannelFixture {
    function setUp() public override {
        _deploy(new NoZeroToken());
    }

    function test_closing_withoutRest() external {
        header.maxExecRate = type(uint96).max;
        _complete();
        _open();
        _after(1_000_000);
        _unlock();
        _after(GRACE);
        _claim(type(uint96).max);
        vm.prank(publisher);
        uint256 rest = channel.closeChannel(header, publisher);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelAlreadyClosed.selector, id));
        vm.prank(publisher);
        channel.closeChannel(header, publisher);
        isTrue(rest < 2, "nothing, or what is too little for anything");
    }

    function test_withdrawFor_withNothingDue() external {
        _open();
        equal(channel.withdrawFor(header, 1, payees[1], _proof(1)), 0, "nothing");
    }
}
