// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IPaymentChannel} from "../../../../contracts/interfaces/IPaymentChannel.sol";
import {IPermit2} from "../../../../contracts/interfaces/IPermit2.sol";
import {HistoryWorld} from "./HistoryWorld.sol";
import {Book, PushModel} from "./PushModel.sol";
import {vm} from "../../support/Vm.sol";

/// @title What the parties of all channels can do, each as a function that a fuzzer calls in any order
/// @notice Before each call the model says whether it works and what it pays.
abstract contract HistoryHandler is HistoryWorld {
    using PushModel for Book;

    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    constructor() {
        for (uint256 money = 0; money < 3; ++money) {
            // Three payees each; the second with a meter.
            uint256 seed = (money << 24) + (3 << 64);
            seed = seed - seed % 6 + 3;
            (uint96 amount, bytes memory quote) = _prepare(seed, money, true, true);
            bytes memory data = abi.encodeCall(channel.createChannel, (_terms(header), quote, amount, payees));
            _created(data, amount, true);
        }
    }

    function wait(uint256 dice) external {
        uint256 seed = _roll(dice);
        _after(seed % 8 == 0 ? (seed >> 8) % 50_000 : 1 + (seed >> 8) % 120);
    }

    function toggleBlock(uint256 dice) external {
        uint256 seed = _roll(dice);
        address[6] memory all = [publisher, provider, address(wallet), ALICE, BOB, CAROL];
        address account = all[seed % 6];
        blocklist.setBlocked(account, !blocklist.blocked(account));
    }

    // -------------------------------------------------------------------------------------------------- creation

    function create(uint256 dice, bool quoted) external {
        uint256 seed = _roll(dice);
        if (books.length == MAX_BOOKS) return;
        (uint96 amount, bytes memory quote) = _prepare(seed, seed % 3, quoted, seed % 16 != 1);
        _created(abi.encodeCall(channel.createChannel, (_terms(header), quote, amount, payees)), amount, quoted);
    }

    function createWithPermit(uint256 dice, bool quoted, bool used) external {
        uint256 seed = _roll(dice);
        if (books.length == MAX_BOOKS) return;
        (uint96 amount, bytes memory quote) = _prepare(seed, 0, quoted, true);
        (uint8 v, bytes32 r, bytes32 s) = _permit(amount);
        vm.prank(publisher);
        token.approve(address(channel), 0);
        // Somebody saw the permit and was first with it.
        if (used) token.permit(publisher, address(channel), amount, type(uint256).max, v, r, s);
        _created(
            abi.encodeCall(
                channel.createChannelWithPermit, (_terms(header), quote, amount, payees, type(uint256).max, v, r, s)
            ),
            amount,
            quoted
        );
        vm.prank(publisher);
        token.approve(address(channel), type(uint256).max);
    }

    function createWithPermit2(uint256 dice, bool quoted) external {
        uint256 seed = _roll(dice);
        if (books.length == MAX_BOOKS || _usedNonce(dice)) return;
        (uint96 amount, bytes memory quote) = _prepare(seed, seed % 3, quoted, true);
        bytes memory signature = _permit2(header.token, amount, dice);
        _created(
            abi.encodeCall(
                channel.createChannelWithPermit2,
                (_terms(header), quote, amount, payees, dice, type(uint256).max, signature)
            ),
            amount,
            quoted
        );
    }

    function accept(uint256 dice) external {
        uint256 seed = _roll(dice);
        (Book storage book, bool fit, bool found) = _pick(seed, _acceptable);
        if (!found) return;
        (bool done,) = _act(book.header.provider, abi.encodeCall(channel.accept, (book.header)), fit);
        if (done) book.accept(vm.getBlockTimestamp());
    }

    // --------------------------------------------------------------------------------------------------- funding

    function deposit(uint256 dice, bool ofPublisher) external {
        uint256 seed = _roll(dice);
        (Book storage book, bool fit, bool found) = _pick(seed, _fundable);
        if (!found) return;
        uint96 amount = _amount(seed >> 32);
        address from = ofPublisher ? publisher : STRANGER;
        (bool done,) = _act(from, abi.encodeCall(channel.deposit, (book.header, amount)), fit);
        if (!done) return;
        _entered(book, amount);
        if (ofPublisher) book.unlockAt = 0;
    }

    /// @dev Of the publisher, with the one token that knows permits.
    function depositWithPermit(uint256 dice) external {
        uint256 seed = _roll(dice);
        (Book storage book, bool fit, bool found) = _pick(seed, _fundableByPermit);
        if (!found) return;
        uint96 amount = _amount(seed >> 32);
        (uint8 v, bytes32 r, bytes32 s) = _permit(amount);
        fit = fit || (_fundable(book) && book.header.token != address(token));
        if (book.header.token == address(token)) {
            vm.prank(publisher);
            token.approve(address(channel), 0);
        }
        (bool done,) = _act(
            publisher,
            abi.encodeCall(channel.depositWithPermit, (book.header, amount, type(uint256).max, v, r, s)),
            fit
        );
        vm.prank(publisher);
        token.approve(address(channel), type(uint256).max);
        if (!done) return;
        _entered(book, amount);
        book.unlockAt = 0;
    }

    function depositWithPermit2(uint256 dice) external {
        uint256 seed = _roll(dice);
        (Book storage book, bool fit, bool found) = _pick(seed, _fundable);
        if (!found) return;
        uint96 amount = _amount(seed >> 32);
        bytes memory signature = _permit2(book.header.token, amount, dice);
        fit = fit && !_usedNonce(dice);
        (bool done,) = _act(
            publisher,
            abi.encodeCall(channel.depositWithPermit2, (book.header, amount, dice, type(uint256).max, signature)),
            fit
        );
        if (!done) return;
        _entered(book, amount);
        book.unlockAt = 0;
    }

    /// @dev Rare, so that long histories happen too.
    function unlock(uint256 dice) external {
        uint256 seed = _roll(dice);
        if (seed % 2 != 0) return;
        (Book storage book, bool fit, bool found) = _pick(seed >> 4, _locked);
        if (!found) return;
        (bool done,) = _act(publisher, abi.encodeCall(channel.unlock, (book.header)), fit);
        if (done) book.unlockAt = vm.getBlockTimestamp() + (book.acceptedAt == 0 ? 0 : book.header.grace);
    }

    function withdrawUnlocked(uint256 dice) external {
        uint256 seed = _roll(dice);
        (Book storage book, bool fit, bool found) = _pick(seed, _refundable);
        if (!found || (!fit && (seed >> 140) % 4 != 0)) return;
        bytes memory data = abi.encodeCall(channel.withdrawUnlocked, (book.header, ELSEWHERE));
        _refunded(book, _actPaying(publisher, data, fit, book.header.token, ELSEWHERE, book.free));
    }

    /// @dev Rare: what is closed is closed.
    function closeChannel(uint256 dice) external {
        uint256 seed = _roll(dice);
        if (seed % 3 != 0) return;
        (Book storage book, bool fit, bool found) = _pick(seed >> 4, _closable);
        if (!found || (!fit && (seed >> 140) % 4 != 0)) return;
        bytes memory data = abi.encodeCall(channel.closeChannel, (book.header, ELSEWHERE));
        bool done = _actPaying(publisher, data, fit, book.header.token, ELSEWHERE, book.free);
        _refunded(book, done);
        if (done) book.closed = true;
    }

    // -------------------------------------------------------------------------------------------------- provider

    function claim(uint256 dice) external {
        uint256 seed = _roll(dice);
        (Book storage book, bool fit, bool found) = _pick(seed, _unmetered);
        if (!found) return;
        uint96 exec = _amount(seed >> 32);
        _claimed(book, book.header.provider, abi.encodeCall(channel.claim, (book.header, exec, "")), exec, fit);
    }

    function claimByReceipt(uint256 dice) external {
        uint256 seed = _roll(dice);
        (Book storage book, bool fit, bool found) = _pick(seed, _metered);
        if (!found) return;
        uint96 exec = _amount(seed >> 32);
        bytes memory data = abi.encodeCall(channel.claim, (book.header, exec, _usage(book.id, exec)));
        if (_claimed(book, STRANGER, data, exec, fit)) book.receipt = data;
    }

    function claimAndWithdraw(uint256 dice, bool elsewhere) external {
        uint256 seed = _roll(dice);
        (Book storage book, bool fit, bool found) = _pick(seed, _claimable);
        if (!found) return;
        uint96 exec = _amount(seed >> 32);
        if (fit) exec += uint96(book.providerPaid);
        address to = elsewhere ? ELSEWHERE : book.header.provider;
        if (_blocked(book, to)) to = ELSEWHERE;
        bytes memory receipt = book.header.meter == address(0) ? bytes("") : _usage(book.id, exec);
        bytes memory data = abi.encodeCall(channel.claimAndWithdraw, (book.header, exec, receipt, to));
        uint256 claimed = book.acceptedAt == 0 ? 0 : book.claimable(exec, vm.getBlockTimestamp());
        fit = book.acceptedAt != 0 && claimed != book.providerPaid;
        if (!fit && (seed >> 140) % 4 != 0) return;
        uint256 amount = claimed - book.providerPaid;
        if (!_actPaying(book.header.provider, data, fit, book.header.token, to, amount)) return;
        book.claim(exec, vm.getBlockTimestamp());
        book.providerPaid = claimed;
    }

    function withdrawProvider(uint256 dice, bool elsewhere) external {
        uint256 seed = _roll(dice);
        (Book storage book, bool fit, bool found) = _pick(seed, _earning);
        if (!found) return;
        address to = elsewhere ? ELSEWHERE : book.header.provider;
        if (_blocked(book, to)) to = ELSEWHERE;
        bytes memory data = abi.encodeCall(channel.withdrawProvider, (book.header, to));
        uint256 amount = book.exec - book.providerPaid;
        if (_actPaying(book.header.provider, data, fit, book.header.token, to, amount)) book.providerPaid = book.exec;
    }

    /// @dev Rare, so that long histories happen too.
    function terminate(uint256 dice) external {
        uint256 seed = _roll(dice);
        if (seed % 8 != 0) return;
        (Book storage book, bool fit, bool found) = _pick(seed >> 4, _running);
        if (!found) return;
        (bool done,) = _act(book.header.provider, abi.encodeCall(channel.terminate, (book.header)), fit);
        if (done) book.unlockAt = vm.getBlockTimestamp();
    }

    // ---------------------------------------------------------------------------------------------------- payees

    function redeem(uint256 dice) external {
        uint256 seed = _roll(dice);
        (Book storage book, bool fit, bool found) = _pick(seed, _vouched);
        if (!found || book.payees.length == 0) return;
        uint256 index = (seed >> 8) % book.payees.length;
        uint96 cumulative = _amount(seed >> 32);
        bytes32 kind = keccak256("Voucher(bytes32 channelId,uint256 index,uint96 cumulative)");
        bytes memory voucher = _sign(PUBLISHER_KEY, keccak256(abi.encode(kind, book.id, index, cumulative)));
        bytes memory data = abi.encodeCall(
            channel.redeem, (book.header, index, book.payees[index], book.proofs[index], cumulative, voucher)
        );
        (bool done, bytes memory answer) = _act(STRANGER, data, fit);
        if (!done) return;
        book.voucher = data;
        if (abi.decode(answer, (uint256)) != book.redeem(index, cumulative)) ++misdirected;
    }

    function withdraw(uint256 dice, bool elsewhere) external {
        uint256 seed = _roll(dice);
        (Book storage book, bool fit, bool found) = _pick(seed, _owing);
        if (!found || book.payees.length == 0) return;
        uint256 index = fit ? _owed(book) : seed % book.payees.length;
        address to = elsewhere ? ELSEWHERE : book.payees[index].to;
        if (_blocked(book, to)) to = ELSEWHERE;
        bytes memory data =
            abi.encodeCall(channel.withdraw, (book.header, index, book.payees[index], book.proofs[index], to));
        uint256 amount = book.due(index);
        if (_actPaying(book.payees[index].to, data, fit, book.header.token, to, amount)) book.paid[index] += amount;
    }

    /// @dev Of one developer, from all channels of one token that name it.
    function withdrawMany(uint256 dice, bool elsewhere) external {
        uint256 seed = _roll(dice);
        (address developer, address money) = (developers[seed % 4], address(monies[(seed >> 8) % 3]));
        (IPaymentChannel.Payee[] memory of_, IPaymentChannel.Withdrawal[] memory all, uint256 sum) =
            _gather(developer, money);
        address to = elsewhere ? ELSEWHERE : developer;
        if (money == address(blocklist) && blocklist.blocked(to)) to = ELSEWHERE;
        if (sum == 0 && (seed >> 140) % 16 != 0) return;
        bytes memory data = abi.encodeCall(channel.withdrawMany, (of_, all, to));
        if (!_actPaying(developer, data, sum != 0, money, to, sum)) return;
        for (uint256 i = 0; i < books.length; ++i) {
            Book storage book = books[i];
            if (book.header.token != money) continue;
            for (uint256 j = 0; j < book.payees.length; ++j) {
                if (book.payees[j].to == developer) book.paid[j] = book.credit[j];
            }
        }
    }

    /// @dev By a stranger, to the recorded address.
    function withdrawFor(uint256 dice) external {
        uint256 seed = _roll(dice);
        (Book storage book,, bool found) = _pick(seed, _withPayees);
        if (!found || book.payees.length == 0) return;
        uint256 index = (seed >> 8) % book.payees.length;
        address to = book.payees[index].to;
        uint256 amount = book.due(index);
        bool fit = amount == 0 || !_blocked(book, to);
        if (!fit && seed % 16 != 0) return;
        bytes memory data =
            abi.encodeCall(channel.withdrawFor, (book.header, index, book.payees[index], book.proofs[index]));
        if (_actPaying(STRANGER, data, fit, book.header.token, to, amount)) book.paid[index] += amount;
    }

    // --------------------------------------------------------------------------------------------------- private

    /// @dev Every payee of that address under that token; the last withdrawal of all comes twice.
    function _gather(address developer, address money)
        internal
        returns (IPaymentChannel.Payee[] memory of_, IPaymentChannel.Withdrawal[] memory all, uint256 sum)
    {
        of_ = new IPaymentChannel.Payee[](5 * MAX_BOOKS);
        all = new IPaymentChannel.Withdrawal[](5 * MAX_BOOKS + 1);
        uint256 count;
        for (uint256 i = 0; i < books.length; ++i) {
            Book storage book = books[i];
            if (book.header.token != money) continue;
            book.advance(vm.getBlockTimestamp());
            for (uint256 j = 0; j < book.payees.length; ++j) {
                if (book.payees[j].to != developer) continue;
                of_[count] = book.payees[j];
                all[count] = IPaymentChannel.Withdrawal(book.header, count, j, book.proofs[j]);
                sum += book.due(j);
                ++count;
            }
        }
        if (count != 0) all[count] = all[count - 1];
        uint256 withdrawals = count == 0 ? 0 : count + 1;
        assembly ("memory-safe") {
            mstore(of_, count)
            mstore(all, withdrawals)
        }
    }

    function _usage(bytes32 ofChannel, uint96 exec) internal view returns (bytes memory) {
        bytes32 kind = keccak256("Usage(bytes32 channelId,uint96 exec)");
        return _sign(METER_KEY, keccak256(abi.encode(kind, ofChannel, exec)));
    }

    function _usedNonce(uint256 nonce) private view returns (bool) {
        return permit2.nonceBitmap(publisher, nonce >> 8) & (1 << (nonce & 0xff)) != 0;
    }

    function _permit2(address money, uint96 amount, uint256 nonce) private view returns (bytes memory) {
        IPermit2.TokenPermissions memory permitted = IPermit2.TokenPermissions(money, amount);
        bytes32 digest = permit2.hash(permitted, address(channel), nonce, type(uint256).max);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(PUBLISHER_KEY, digest);
        return abi.encodePacked(r, s, v);
    }

    function _prepare(uint256 seed, uint256 money, bool quoted, bool covered)
        private
        returns (uint96 amount, bytes memory quote)
    {
        _draw(seed, money);
        amount = _amount(seed >> 96);
        if (covered) amount += header.sumOneTime;
        if (quoted) quote = _quote();
    }

    function _created(bytes memory data, uint256 amount, bool quoted) private {
        (bool done,) = _act(publisher, data, !quoted || amount >= header.sumOneTime);
        if (!done) return;
        _enter(amount);
        if (quoted) books[books.length - 1].accept(vm.getBlockTimestamp());
    }

    function _claimed(Book storage book, address from, bytes memory data, uint256 exec, bool fit)
        private
        returns (bool done)
    {
        bytes memory answer;
        (done, answer) = _act(from, data, fit);
        if (!done) return false;
        uint256 before = book.exec;
        uint256 claimed = abi.decode(answer, (uint256));
        if (claimed > before && claimed > book.cap(vm.getBlockTimestamp())) ++capExceeded;
        if (claimed != book.claim(exec, vm.getBlockTimestamp())) ++misdirected;
    }

    function _refunded(Book storage book, bool done) private {
        if (!done) return;
        book.refunds += book.free;
        book.free = 0;
    }

    function _permit(uint96 amount) private view returns (uint8, bytes32, bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(PERMIT, publisher, address(channel), amount, token.nonces(publisher), type(uint256).max)
        );
        bytes32 domain = IERC20Permit(address(token)).DOMAIN_SEPARATOR();
        return vm.sign(PUBLISHER_KEY, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
    }

    /// @dev The first payee with something due; past the last where there is none.
    function _owed(Book storage book) private view returns (uint256 index) {
        while (index < book.payees.length && book.due(index) == 0) ++index;
    }

    function _acceptable(Book storage book) private view returns (bool) {
        return book.acceptedAt == 0 && book.unlockAt == 0 && !book.closed && book.free >= book.header.sumOneTime
            && vm.getBlockTimestamp() <= book.header.acceptBy;
    }

    function _fundable(Book storage book) private view returns (bool) {
        return !_over(book);
    }

    function _fundableByPermit(Book storage book) private view returns (bool) {
        return book.header.token == address(token) && _fundable(book);
    }

    function _claimable(Book storage book) private view returns (bool) {
        return book.acceptedAt != 0 && book.claimable(type(uint96).max, vm.getBlockTimestamp()) != book.providerPaid;
    }

    function _locked(Book storage book) private view returns (bool) {
        return book.unlockAt == 0 && !book.closed;
    }

    function _running(Book storage book) private view returns (bool) {
        return book.acceptedAt != 0 && !_over(book);
    }

    function _closable(Book storage book) private view returns (bool) {
        return _over(book) && !book.closed;
    }

    function _refundable(Book storage book) private view returns (bool) {
        return _closable(book) && book.free != 0;
    }

    function _unmetered(Book storage book) private view returns (bool) {
        return book.acceptedAt != 0 && book.header.meter == address(0);
    }

    function _metered(Book storage book) private view returns (bool) {
        return book.acceptedAt != 0 && book.header.meter != address(0);
    }

    function _vouched(Book storage book) private view returns (bool) {
        return book.acceptedAt != 0 && book.payees.length != 0;
    }

    function _earning(Book storage book) private view returns (bool) {
        return book.exec != book.providerPaid;
    }

    function _owing(Book storage book) private view returns (bool) {
        return _owed(book) != book.payees.length;
    }

    function _withPayees(Book storage book) private view returns (bool) {
        return book.payees.length != 0;
    }
}
