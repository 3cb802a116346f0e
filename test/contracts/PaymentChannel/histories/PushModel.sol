// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../../contracts/interfaces/IPaymentChannel.sol";

/// @notice A channel as a bookkeeper would keep it who credits everybody at once, whenever something happens.
struct Book {
    bytes32 id;
    IPaymentChannel.Header header;
    IPaymentChannel.Payee[] payees;
    bytes32[][] proofs;
    uint256 deposits;
    uint256 refunds;
    uint256 free; // not yet credited to anybody
    uint256 exec;
    uint256 providerPaid;
    uint256 acceptedAt;
    uint256 clock; // credited until
    uint256 funded; // seconds for which the rates were credited
    uint256 unlockAt;
    bool closed;
    uint256[] credit; // by payee: all that was ever credited
    uint256[] paid;
    uint256[] metered;
    bytes receipt; // the last claim by receipt, whole
    bytes voucher; // the last call of redeem, whole
}

/// @title Reference model: the same promises as the contract's, kept in the opposite way
/// @notice The contract stores three accumulators and computes every due from them when asked; here every payee is
/// credited at each event. Bounds are searched for, second by second and unit by unit, where the contract has formulas.
library PushModel {
    /// @notice Floor of what `secs` seconds cost.
    function ofRate(uint256 rate, uint256 secs) internal pure returns (uint256) {
        return rate * secs / 4_294_967_296;
    }

    /// @notice Floor of the share of an execution cost.
    function ofShare(uint256 share, uint256 exec) internal pure returns (uint256) {
        return share * exec / 1_000_000;
    }

    /// @notice Whether the unlock is over.
    function over(Book storage book, uint256 time) internal view returns (bool) {
        return book.closed || (book.unlockAt != 0 && time >= book.unlockAt);
    }

    /// @notice Until when `time` counts.
    function horizon(Book storage book, uint256 time) internal view returns (uint256) {
        return book.unlockAt != 0 && time > book.unlockAt ? book.unlockAt : time;
    }

    /// @notice What the cap alone lets the provider claim at `time`.
    function cap(Book storage book, uint256 time) internal view returns (uint256) {
        return ofRate(book.header.maxExecRate, horizon(book, time) - book.acceptedAt) + book.header.execBurst;
    }

    /// @notice Not yet taken by payee `index`.
    function due(Book storage book, uint256 index) internal view returns (uint256) {
        return book.credit[index] - book.paid[index];
    }

    /// @notice Credits the seconds until `time`, as many as the free funds pay.
    function advance(Book storage book, uint256 time) internal {
        if (book.acceptedAt == 0 || book.closed) return;
        uint256 until = horizon(book, time);
        if (until <= book.clock) return;
        uint256 low = 0;
        uint256 high = until - book.clock;
        book.clock = until;
        if (_cost(book, high) <= book.free) low = high;
        while (low < high) {
            uint256 middle = (low + high + 1) / 2;
            if (_cost(book, middle) <= book.free) low = middle;
            else high = middle - 1;
        }
        if (low == 0) return;
        book.free -= _cost(book, low);
        uint256 funded = book.funded;
        for (uint256 i = 0; i < book.payees.length; ++i) {
            uint256 rate = book.payees[i].rate;
            book.credit[i] += ofRate(rate, funded + low) - ofRate(rate, funded);
        }
        book.funded = funded + low;
    }

    function accept(Book storage book, uint256 time) internal {
        book.acceptedAt = time;
        book.clock = time;
        book.free -= book.header.sumOneTime;
        for (uint256 i = 0; i < book.payees.length; ++i) book.credit[i] += book.payees[i].oneTime;
    }

    /// @notice The execution cost that a claim of `wanted` leads to: as far as cap and free funds go.
    function claimable(Book storage book, uint256 wanted, uint256 time) internal view returns (uint256 low) {
        low = book.exec;
        uint256 high = cap(book, time);
        if (wanted < high) high = wanted;
        while (low < high) {
            uint256 middle = low + (high - low + 1) / 2;
            if (_withShares(book, middle) <= book.free) low = middle;
            else high = middle - 1;
        }
    }

    /// @notice Raises the execution cost as far as that.
    function claim(Book storage book, uint256 wanted, uint256 time) internal returns (uint256 exec) {
        exec = claimable(book, wanted, time);
        book.free -= _withShares(book, exec);
        for (uint256 i = 0; i < book.payees.length; ++i) {
            uint256 share = book.payees[i].share;
            book.credit[i] += ofShare(share, exec) - ofShare(share, book.exec);
        }
        book.exec = exec;
    }

    /// @notice Raises a payee's metered total towards `wanted`.
    function redeem(Book storage book, uint256 index, uint256 wanted) internal returns (uint256 metered) {
        uint256 before = book.metered[index];
        metered = wanted < book.payees[index].meteredCap ? wanted : book.payees[index].meteredCap;
        if (metered <= before) return before;
        if (metered - before > book.free) metered = before + book.free;
        book.free -= metered - before;
        book.credit[index] += metered - before;
        book.metered[index] = metered;
    }

    /// @dev What `secs` more seconds cost all payees together.
    function _cost(Book storage book, uint256 secs) private view returns (uint256) {
        uint256 rate = book.header.sumRate;
        return ofRate(rate, book.funded + secs) - ofRate(rate, book.funded);
    }

    /// @dev What raising the execution cost to `exec` takes, shares included.
    function _withShares(Book storage book, uint256 exec) private view returns (uint256) {
        uint256 share = book.header.sumShare;
        return exec - book.exec + ofShare(share, exec) - ofShare(share, book.exec);
    }
}
