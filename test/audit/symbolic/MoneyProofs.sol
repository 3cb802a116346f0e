// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {Ledger} from "../../../contracts/types/Ledger.sol";
import {Status} from "../../../contracts/types/Status.sol";
import {vm} from "../../contracts/support/Vm.sol";
import {SymbolicFixture} from "./SymbolicFixture.sol";

/// @notice What moves, and how much. The two slots have any value and every member the full width of its type. Solvers
/// do not decide about products of two wide symbols: where a property says narrow products, there are no shares, and
/// rates are zero or one base unit a second; slots, times, fees, vouchers and bursts keep their full widths.
contract MoneyProofs is SymbolicFixture {
    /// @notice A withdrawal pays what was due, to where the payee said, and nothing is due then. Narrow products
    /// (`_narrow`).
    function check_withdraw_paysWhatIsDue(
        State memory state,
        IPaymentChannel.Payee memory payee,
        Own memory own,
        address to,
        bool charged
    ) external {
        _narrow(state, payee, charged);
        vm.assume(to != address(channel));
        _enter(state, payee, own);
        uint256 due = channel.due(state.header, 0, payee);
        vm.assume(_succeeds(payee.to, _withdrawal(state, payee, to)));
        assert(token.balanceOf(to) == due && due != 0);
        assert(channel.due(state.header, 0, payee) == 0);
    }

    /// @notice A second withdrawal in the same second pays nothing. Narrow products (`_narrow`).
    function check_withdrawFor_paysOnce(
        State memory state,
        IPaymentChannel.Payee memory payee,
        Own memory own,
        address sender,
        bool charged
    ) external {
        _narrow(state, payee, charged);
        _enter(state, payee, own);
        vm.assume(_succeeds(sender, _withdrawalFor(state, payee)));
        uint256 before = token.balanceOf(payee.to);
        (bool success, bytes memory answer) = _call(sender, _withdrawalFor(state, payee));
        assert(success && abi.decode(answer, (uint96)) == 0);
        assert(token.balanceOf(payee.to) == before);
    }

    /// @notice Whoever calls `withdrawFor`: the recorded address gets what leaves, and no other gets anything. Narrow
    /// products (`_narrow`).
    function check_withdrawFor_paysTheRecordedAddress(
        State memory state,
        IPaymentChannel.Payee memory payee,
        Own memory own,
        address sender,
        address other,
        bool charged
    ) external {
        _narrow(state, payee, charged);
        vm.assume(other != payee.to && other != address(channel));
        _enter(state, payee, own);
        vm.assume(_succeeds(sender, _withdrawalFor(state, payee)));
        assert(token.balanceOf(other) == 0);
        if (payee.to == address(channel)) return;
        assert((1 << 128) - token.balanceOf(address(channel)) == token.balanceOf(payee.to));
    }
    /// @notice The provider gets what was claimed less what it had, once, and nothing else changes. Full widths.
    function check_withdrawProvider_paysOnce(State memory state, address to) external {
        vm.assume(to != address(channel));
        bytes32 id = _enter(state);
        bytes memory call = abi.encodeCall(IPaymentChannel.withdrawProvider, (state.header, to));
        vm.assume(_succeeds(state.header.provider, call));
        assert(token.balanceOf(to) == uint256(state.exec) - state.providerPaid);
        assert(!_succeeds(state.header.provider, call));
        (Ledger ledger, Status status) = channel.get(id);
        assert(Ledger.unwrap(ledger) == Ledger.unwrap(_ledger(state)));
        assert(Status.unwrap(status) == Status.unwrap(_status(state).withProviderPaid(state.exec)));
    }

    /// @notice After the end of an unlock no second adds anything: what is due to the payee and what is due to nobody are
    /// at any later time what they were at the end. Narrow products (`_narrow`).
    function check_unlock_stopsAccrual(
        State memory state,
        IPaymentChannel.Payee memory payee,
        Own memory own,
        uint32 more,
        bool charged
    ) external {
        _narrow(state, payee, charged);
        vm.assume(state.end != 0);
        state.time = state.end;
        _enter(state, payee, own);
        uint256 due = channel.due(state.header, 0, payee);
        uint256 rest = channel.available(state.header);
        vm.warp(uint256(state.end) + 1 + more);
        assert(channel.due(state.header, 0, payee) == due);
        assert(channel.available(state.header) == rest);
    }

    /// @notice A deposit of anybody but the publisher adds its amount to the funds, takes just that from the sender, and
    /// leaves a running unlock as it is. Full widths.
    function check_deposit_ofStrangersKeepsTheUnlock(State memory state, address sender, uint96 amount) external {
        vm.assume(sender != state.header.publisher && sender != address(channel));
        bytes32 id = _enter(state);
        token.mint(sender, amount);
        vm.assume(_succeeds(sender, abi.encodeCall(IPaymentChannel.deposit, (state.header, amount))));
        (Ledger ledger,) = channel.get(id);
        assert(ledger.end() == state.end && ledger.exec() == state.exec);
        assert(ledger.funds() == uint256(state.funds) + amount);
        assert(token.balanceOf(sender) == 0 && token.balanceOf(address(channel)) == (1 << 128) + uint256(amount));
    }

    /// @notice Closing takes nothing that is due: what is due to payee and provider is the same after it, and nothing is
    /// left. Narrow products (`_narrow`).
    function check_refund_leavesDues(
        State memory state,
        IPaymentChannel.Payee memory payee,
        Own memory own,
        address to,
        bool charged
    ) external {
        _narrow(state, payee, charged);
        _assumeAccepted(state);
        _enter(state, payee, own);
        uint256 due = channel.due(state.header, 0, payee);
        vm.assume(_succeeds(state.header.publisher, abi.encodeCall(IPaymentChannel.closeChannel, (state.header, to))));
        assert(channel.due(state.header, 0, payee) == due);
        assert(channel.providerDue(state.header) == state.exec - state.providerPaid);
        assert(channel.available(state.header) == 0);
    }
}
