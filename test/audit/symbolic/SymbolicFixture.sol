// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {Ledger, Ledgers} from "../../../contracts/types/Ledger.sol";
import {PayeeAccount} from "../../../contracts/types/PayeeAccount.sol";
import {Status} from "../../../contracts/types/Status.sol";
import {vm} from "../../contracts/support/Vm.sol";
import {ChannelHarness, CountingToken} from "./ChannelHarness.sol";

/// @notice A channel in any state. Its header, slots, callers and times are symbols; so is the payee, which is the only
/// one of the tree, so that its leaf is the root. Each property states what else it assumes.
abstract contract SymbolicFixture {
    ChannelHarness internal channel;
    CountingToken internal token;

    /// @dev The fields of the two slots (contracts/types), and the present second.
    struct State {
        IPaymentChannel.Header header;
        uint96 funds;
        uint96 exec;
        uint32 start;
        uint32 end;
        uint96 providerPaid;
        uint96 metered;
        uint32 unfunded;
        bool closed;
        uint32 time;
    }

    /// @dev The slot of the payee.
    struct Own {
        uint96 paid;
        uint96 metered;
    }

    function setUp() public {
        channel = new ChannelHarness();
        token = new CountingToken();
    }

    function _ledger(State memory state) internal pure returns (Ledger) {
        return Ledgers.pack(state.funds, state.exec, state.start, state.end);
    }

    function _status(State memory state) internal pure returns (Status status) {
        status = Status.wrap(0).withProviderPaid(state.providerPaid).withMetered(state.metered);
        status = status.withUnfunded(state.unfunded);
        if (state.closed) status = status.withClosed();
    }

    /// @dev Puts the state in storage and gives the contract 2^128 tokens, more than any channel can hold.
    function _enter(State memory state) internal returns (bytes32 id) {
        state.header.token = address(token);
        id = channel.channelId(state.header);
        channel.set(id, _ledger(state), _status(state));
        token.mint(address(channel), 1 << 128);
        vm.warp(state.time);
    }

    /// @dev The same with payee 0, the only one of the channel.
    function _enter(State memory state, IPaymentChannel.Payee memory payee, Own memory own)
        internal
        returns (bytes32 id)
    {
        state.header.payeesRoot = keccak256(abi.encode(uint256(0), payee));
        state.header.sumOneTime = payee.oneTime;
        state.header.sumRate = payee.rate;
        state.header.sumShare = payee.share;
        state.metered = own.metered;
        id = _enter(state);
        channel.setPayee(id, 0, PayeeAccount.wrap(0).withPaid(own.paid).withMetered(own.metered));
    }

    /// @dev Narrows what is multiplied: no shares, rates of zero or one base unit a second.
    function _narrow(State memory state, IPaymentChannel.Payee memory payee, bool charged) internal pure {
        payee.rate = charged ? uint96(1) << 32 : 0;
        payee.share = 0;
        _narrow(state, charged);
    }

    /// @dev The same without a payee; claims grow by one base unit a second or not at all.
    function _narrow(State memory state, bool charged) internal pure {
        state.header.sumRate = charged ? uint96(1) << 32 : 0;
        state.header.sumShare = 0;
        state.header.maxExecRate = state.header.sumRate;
    }

    /// @dev True of every accepted channel that a history can reach.
    function _assumeAccepted(State memory state) internal pure {
        vm.assume(state.unfunded < state.start && state.start <= state.time);
        vm.assume(state.end == 0 || state.end >= state.start);
        vm.assume(state.providerPaid <= state.exec);
    }

    function _call(address sender, bytes memory data) internal returns (bool success, bytes memory answer) {
        vm.prank(sender);
        (success, answer) = address(channel).call(data);
    }

    function _succeeds(address sender, bytes memory data) internal returns (bool success) {
        (success,) = _call(sender, data);
    }

    /// @dev Of a payee whose leaf is the root.
    function _noProof() internal pure returns (bytes32[] memory) {
        return new bytes32[](0);
    }

    function _withdrawal(State memory state, IPaymentChannel.Payee memory payee, address to)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IPaymentChannel.withdraw, (state.header, 0, payee, _noProof(), to));
    }

    function _withdrawalFor(State memory state, IPaymentChannel.Payee memory payee)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IPaymentChannel.withdrawFor, (state.header, 0, payee, _noProof()));
    }
}
