// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../contracts/interfaces/IPaymentChannel.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {isTrue, equal, vm, within} from "./Vm.sol";

/// @notice Does to one channel whatever its parties can do, in any order, and keeps count of the money.
contract ChannelHandler is ChannelFixture {
    uint256 public paidIn;
    uint256 public paidOut;
    uint256 public refunded;
    uint256 public highestExec;
    uint256 public capExceeded;
    uint256 public blockedWithdrawals;
    uint256 public movedUnlocks;

    constructor() {
        setUp();
        header.grace = 10 minutes;
        _complete();
        token.mint(publisher, type(uint96).max);
        _open();
        paidIn = DEPOSIT;
    }

    /// @dev Once: a history must not begin again in its middle.
    function setUp() public override {
        if (address(channel) == address(0)) super.setUp();
    }

    function wait(uint16 secs) external {
        _after(secs);
    }

    function claim(uint96 exec) external {
        uint256 elapsed = vm.getBlockTimestamp() - START;
        uint256 before = channel.channel(id).unlockAt;
        uint256 claimed = _claim(uint96(within(exec, 0, 500_000)));
        if (claimed > elapsed * 10 + 100) ++capExceeded;
        if (claimed > highestExec) highestExec = claimed;
        if (before != channel.channel(id).unlockAt) ++movedUnlocks;
    }

    function redeem(uint96 cumulative) external {
        cumulative = uint96(within(cumulative, 0, 1_000));
        bytes32[] memory proof = _proof(2);
        channel.redeem(header, 2, payees[2], proof, cumulative, _voucher(PUBLISHER_KEY, 2, cumulative));
    }

    function deposit(uint96 amount, bool ofPublisher) external {
        if (_over()) return;
        amount = uint96(within(amount, 1, 50_000));
        address from = ofPublisher ? publisher : STRANGER;
        token.mint(from, amount);
        vm.startPrank(from);
        token.approve(address(channel), type(uint256).max);
        channel.deposit(header, amount);
        vm.stopPrank();
        paidIn += amount;
    }

    function withdrawPayee(uint8 index) external {
        uint256 i = index % 3;
        uint256 expected = _due(i);
        bytes32[] memory proof = _proof(i);
        try channel.withdrawFor(header, i, payees[i], proof) returns (uint96 amount) {
            if (amount != expected) ++blockedWithdrawals;
            paidOut += amount;
        } catch {
            ++blockedWithdrawals;
        }
    }

    function withdrawProvider() external {
        uint256 expected = channel.providerDue(header);
        if (expected == 0) return;
        vm.prank(provider);
        try channel.withdrawProvider(header, provider) returns (uint96 amount) {
            if (amount != expected) ++blockedWithdrawals;
            paidOut += amount;
        } catch {
            ++blockedWithdrawals;
        }
    }

    /// @dev Rare, so that long histories happen too.
    function unlock(uint8 dice) external {
        if (dice % 4 == 0 && channel.channel(id).unlockAt == 0) _unlock();
    }

    function terminate(uint8 dice) external {
        if (dice % 16 != 0 || _over()) return;
        vm.prank(provider);
        channel.terminate(header);
    }

    function refund(bool close) external {
        if (!_over() || channel.channel(id).closed || (!close && channel.available(header) == 0)) return;
        vm.prank(publisher);
        uint256 amount = close ? channel.closeChannel(header, publisher) : channel.withdrawUnlocked(header, publisher);
        refunded += amount;
    }

    function _over() private view returns (bool) {
        uint256 unlockAt = channel.channel(id).unlockAt;
        return unlockAt != 0 && vm.getBlockTimestamp() >= unlockAt;
    }

    function held() external view returns (uint256) {
        return token.balanceOf(address(channel));
    }

    function owed() external view returns (uint256 sum) {
        sum = channel.providerDue(header);
        for (uint256 i = 0; i < 3; ++i) sum += _due(i);
    }

    function free() external view returns (uint256) {
        return channel.available(header);
    }

    function state() external view returns (IPaymentChannel.Channel memory) {
        return channel.channel(id);
    }
}

contract InvariantsTest {
    ChannelHandler private handler;

    function setUp() external {
        handler = new ChannelHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_conservation_heldIsInLessOut() external view {
        equal(handler.held(), handler.paidIn() - handler.paidOut() - handler.refunded(), "held");
    }

    function invariant_exactness_everyUnitIsDueOrFreeWithinDust() external view {
        uint256 assigned = handler.owed() + handler.free();
        isTrue(handler.held() >= assigned, "solvent");
        isTrue(handler.held() - assigned <= 4, "dust: one unit a payee and kind");
    }

    function invariant_claimsStayUnderTheCap() external view {
        equal(handler.capExceeded(), 0, "claims over the cap");
        equal(handler.state().exec, handler.highestExec(), "exec never falls");
    }

    function invariant_nobodyIsBlocked_andClaimsDoNotMoveUnlocks() external view {
        equal(handler.blockedWithdrawals(), 0, "withdrawals that did not pay what was due");
        equal(handler.movedUnlocks(), 0, "unlocks moved by claims");
    }

    function invariant_netDepositIsTracked() external view {
        equal(handler.state().deposited, handler.paidIn() - handler.refunded(), "deposited");
    }
}
