// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ChannelFixture} from "./ChannelFixture.sol";
import {equal, isTrue, vm, within} from "../support/Vm.sol";

/// @notice Terms and times at the ends of their types; and time counted by hand.
contract ExtremesTest is ChannelFixture {
    uint256 private _seed;

    /// @dev Next pseudo-random number: often an end of the range, else any magnitude.
    function _next(uint256 max) private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        uint256 kind = _seed % 8;
        if (kind == 0) return max;
        if (kind == 1) return 0;
        return ((_seed >> 8) >> ((_seed >> 3) % 248)) % (max + 1);
    }

    /// @dev Terms whose sums just fit, by dividing what is left.
    function _anyTerms() private returns (uint96 deposited) {
        delete payees;
        uint256 oneTime = _next(type(uint96).max);
        deposited = uint96(oneTime + _next(type(uint96).max - oneTime));
        if (deposited == 0) deposited = 1;
        (uint256 rate, uint256 share) = (type(uint96).max, type(uint32).max);
        uint256 count = _next(4);
        for (uint160 i = 0; i < count; ++i) {
            (uint256 o, uint256 r, uint256 s) = (_next(oneTime), _next(rate), _next(share));
            (oneTime, rate, share) = (oneTime - o, rate - r, share - s);
            uint96 cap = uint96(_next(type(uint96).max));
            payees.push(_payee(address(0x1000 + i), uint96(o), uint96(r), uint32(s), cap));
        }
        header.maxExecRate = uint96(_next(type(uint96).max));
        header.execBurst = uint96(_next(type(uint96).max));
        header.acceptBy = type(uint40).max;
        header.grace = channel.MIN_GRACE();
        _complete();
    }

    function _redeem(uint256 index, uint96 cumulative) private {
        bytes32[] memory proof = _proof(index);
        bytes memory voucher = _voucher(PUBLISHER_KEY, index, cumulative);
        channel.redeem(header, index, payees[index], proof, cumulative, voucher);
    }

    function _withdrawAll() private {
        for (uint256 i = 0; i < payees.length; ++i) {
            bytes32[] memory proof = _proof(i);
            uint256 due = _due(i);
            equal(channel.withdrawFor(header, i, payees[i], proof), due, "all that is due");
        }
        if (channel.providerDue(header) == 0) return;
        vm.prank(provider);
        channel.withdrawProvider(header, provider);
    }

    function _act() private {
        uint256 kind = _next(7);
        if (kind == 0) _claim(uint96(_next(type(uint96).max)));
        else if (kind <= 2 && payees.length > 0) _redeem(_next(payees.length - 1), uint96(_next(type(uint96).max)));
        else if (kind == 3) _withdrawAll();
        else if (kind <= 5) _deposit(uint96(_next(type(uint96).max - channel.channel(id).deposited)));
        else _claim(type(uint96).max);
    }

    function _deposit(uint96 amount) private {
        uint256 unlockAt = channel.channel(id).unlockAt;
        // After 2106 an unlock is over at once.
        if (amount == 0 || (unlockAt != 0 && vm.getBlockTimestamp() >= unlockAt)) return;
        address from = _next(1) == 0 ? publisher : STRANGER;
        token.mint(from, amount);
        vm.startPrank(from);
        token.approve(address(channel), type(uint256).max);
        channel.deposit(header, amount);
        vm.stopPrank();
    }

    /// @dev No call of a party that may make it reverts, whatever the terms and the year; in the end all money is out.
    function testFuzz_noTermsOrTimesLockAnything(uint256 seed) external {
        _seed = seed;
        uint96 deposited = _anyTerms();
        token.mint(publisher, deposited);
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, deposited, payees);
        for (uint256 i = 0; i < 6; ++i) {
            // From seconds to many centuries: beyond the end of uint32 too.
            vm.warp(vm.getBlockTimestamp() + _next(type(uint32).max));
            _act();
            if (payees.length > 0) _assertConserved();
        }
        _unlock();
        if (_next(1) == 1) _act();
        if (channel.channel(id).unlockAt == 0) _unlock();
        _after(header.grace);
        if (_next(1) == 1) _claim(type(uint96).max);
        vm.prank(publisher);
        channel.closeChannel(header, publisher);
        equal(channel.available(header), 0, "available");
        _withdrawAll();
        uint256 rest = token.balanceOf(address(channel));
        isTrue(rest == 0 || rest <= 2 * (payees.length - 1), "less than a unit per payee and kind");
    }

    /// @dev Every second is counted by itself: it is owed where the funds of that second cover it, and never again.
    function testFuzz_fundedSeconds_areThoseCountedOneByOne(uint256 seed) external {
        _seed = seed;
        header.maxExecRate = uint96(within(_next(40), 0, 40)) << 32;
        header.sumRate = uint96(_next(uint256(20) << 32));
        delete payees;
        payees.push(_payee(ALICE, 50, header.sumRate, 150_000, 60));
        _complete();
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, uint96(50 + _next(300)), payees);
        uint256 counted;
        for (uint256 i = 0; i < 60; ++i) {
            _after(1);
            if (_covers(counted + 1)) ++counted;
            equal(_ratesOf(0), (uint256(header.sumRate) * counted) >> 32, "seconds");
            uint256 kind = _next(9);
            if (kind == 2) _claim(uint96(_next(200)));
            else if (kind == 3) _redeem(0, uint96(_next(80)));
            else if (kind == 4) _withdrawAll();
            else if (kind == 5) _deposit(uint96(_next(30)));
            else if (kind == 6) _deposit(1);
            equal(_ratesOf(0), (uint256(header.sumRate) * counted) >> 32, "seconds after it");
        }
    }

    function _covers(uint256 secs) private view returns (bool) {
        uint256 exec = channel.channel(id).exec;
        uint256 others = 50 + exec + exec * 15 / 100 + channel.channel(id).metered;
        return others + ((uint256(header.sumRate) * secs) >> 32) <= channel.channel(id).deposited;
    }

    /// @dev What a payee's rate has come to, from what it got and can get.
    function _ratesOf(uint256 index) private view returns (uint256) {
        (uint96 paid, uint96 metered) = channel.payeeAccount(id, index);
        uint256 exec = channel.channel(id).exec;
        return uint256(paid) + _due(index) - metered - payees[index].oneTime - exec * payees[index].share / 1e6;
    }
}
