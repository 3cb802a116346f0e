// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {Ledger} from "../../../contracts/types/Ledger.sol";
import {vm} from "../../contracts/support/Vm.sol";
import {SymbolicFixture} from "./SymbolicFixture.sol";

/// @notice Ids, and who can do what. In all of these every member has the full width of its type, and the two slots
/// any value. keccak256 is taken to be injective.
contract AuthorityProofs is SymbolicFixture {
    /// @notice Two headers of one id are equal in every member. Full widths.
    function check_id_isInjective(IPaymentChannel.Header memory a, IPaymentChannel.Header memory b) external view {
        vm.assume(channel.channelId(a) == channel.channelId(b));
        assert(a.publisher == b.publisher && a.provider == b.provider && a.token == b.token);
        assert(a.podId == b.podId && a.meter == b.meter && a.grace == b.grace && a.acceptBy == b.acceptBy);
        assert(a.maxExecRate == b.maxExecRate && a.execBurst == b.execBurst);
        assert(a.sumOneTime == b.sumOneTime && a.sumRate == b.sumRate && a.sumShare == b.sumShare);
        assert(a.payeesRoot == b.payeesRoot);
    }

    /// @notice The id is the hash that the specification gives, of every header on every chain. Full widths.
    function check_id_isTheHashOfAllTerms(IPaymentChannel.Header memory header, uint64 chain) external {
        vm.chainId(chain);
        assert(channel.channelId(header) == keccak256(abi.encode(uint256(chain), address(channel), header)));
    }

    /// @notice Terms whose id was ever used are refused, whatever state that channel is in, and it stays as it is.
    /// Full widths; without payees; quotes of 0 and 65 bytes.
    function check_create_refusesUsedIds(State memory state, uint96 amount, bytes memory quote) external {
        IPaymentChannel.Header memory header = state.header;
        (header.sumOneTime, header.sumRate, header.sumShare, header.payeesRoot) = (0, 0, 0, 0);
        bytes32 id = _enter(state);
        vm.assume(_ledger(state).exists());
        IPaymentChannel.Terms memory terms = IPaymentChannel.Terms(
            header.publisher,
            header.provider,
            header.token,
            header.podId,
            header.meter,
            header.grace,
            header.acceptBy,
            header.maxExecRate,
            header.execBurst
        );
        IPaymentChannel.Payee[] memory none = new IPaymentChannel.Payee[](0);
        bytes memory call = abi.encodeCall(IPaymentChannel.createChannel, (terms, quote, amount, none));
        assert(!_succeeds(header.publisher, call));
        (Ledger ledger,) = channel.get(id);
        assert(Ledger.unwrap(ledger) == Ledger.unwrap(_ledger(state)));
    }

    /// @notice Where there is no meter, nobody but the provider claims. Full widths.
    function check_claim_isTheProviders(State memory state, address sender, uint96 exec) external {
        state.header.meter = address(0);
        vm.assume(sender != state.header.provider);
        _enter(state);
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.claim, (state.header, exec, ""))));
    }

    /// @notice Nobody but the provider accepts, terminates, or takes its money. Full widths.
    function check_provider_actsAlone(State memory state, address sender, uint96 exec, address to) external {
        vm.assume(sender != state.header.provider);
        _enter(state);
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.accept, (state.header))));
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.terminate, (state.header))));
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.withdrawProvider, (state.header, to))));
        bytes memory call = abi.encodeCall(IPaymentChannel.claimAndWithdraw, (state.header, exec, "", to));
        assert(!_succeeds(sender, call));
    }

    /// @notice Nobody but the publisher unlocks, takes the rest or closes. Full widths.
    function check_publisher_actsAlone(State memory state, address sender, address to) external {
        vm.assume(sender != state.header.publisher);
        _enter(state);
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.unlock, (state.header))));
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.withdrawUnlocked, (state.header, to))));
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.closeChannel, (state.header, to))));
    }

    /// @notice Nobody but the payee says where its money goes. Full widths.
    function check_withdraw_isThePayees(
        State memory state,
        IPaymentChannel.Payee memory payee,
        Own memory own,
        address sender,
        address to
    ) external {
        vm.assume(sender != payee.to);
        _enter(state, payee, own);
        assert(!_succeeds(sender, _withdrawal(state, payee, to)));
    }

    /// @notice By terms that differ from the listed ones in any member, or at another index, nothing is paid. Full
    /// widths; proofs of no node.
    function check_withdraw_needsTheListedTerms(
        State memory state,
        IPaymentChannel.Payee memory listed,
        IPaymentChannel.Payee memory given,
        Own memory own,
        uint256 index
    ) external {
        vm.assume(index != 0 || keccak256(abi.encode(listed)) != keccak256(abi.encode(given)));
        _enter(state, listed, own);
        bytes memory call =
            abi.encodeCall(IPaymentChannel.withdraw, (state.header, index, given, _noProof(), given.to));
        assert(!_succeeds(given.to, call));
    }

    /// @notice There is no refund before the end of an unlock, and none without an unlock. Full widths.
    function check_refund_waitsForTheUnlock(State memory state, address to) external {
        vm.assume(state.end == 0 || state.time < state.end);
        _enter(state);
        address publisher = state.header.publisher;
        assert(!_succeeds(publisher, abi.encodeCall(IPaymentChannel.withdrawUnlocked, (state.header, to))));
        assert(!_succeeds(publisher, abi.encodeCall(IPaymentChannel.closeChannel, (state.header, to))));
    }

    /// @notice A channel whose unlock is over takes no deposit, acceptance, unlock or termination, by anybody; one that
    /// is closed no refund either. Full widths.
    function check_closed_isForEver(State memory state, address sender, uint96 amount, address to) external {
        vm.assume(state.end != 0 && state.time >= state.end);
        state.closed = true;
        _enter(state);
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.deposit, (state.header, amount))));
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.accept, (state.header))));
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.unlock, (state.header))));
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.terminate, (state.header))));
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.withdrawUnlocked, (state.header, to))));
        assert(!_succeeds(sender, abi.encodeCall(IPaymentChannel.closeChannel, (state.header, to))));
    }
}
