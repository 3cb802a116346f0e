// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPlacements} from "../interfaces/IPlacements.sol";
import {Accrual} from "../libraries/Accrual.sol";
import {Listings} from "./Listings.sol";
import {present} from "./Time.sol";

/// @title Sponsored placement of listings
/// @notice See IPlacements. A bid's cost is evaluated on all its seconds since `since`, never per step: collecting often
/// neither gains nor loses a unit. `since` moves only when the sponsor changes the rate or tops up after the funds
/// ended; less than one base unit is forgiven then, for the price of a transaction.
abstract contract Placements is Listings, IPlacements, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IPlacements
    address public immutable beneficiary;
    /// @inheritdoc IPlacements
    mapping(address token => uint256) public revenue;
    mapping(address token => mapping(uint256 listing => mapping(address sponsor => Bid))) private _bids;

    constructor(address beneficiary_) {
        if (beneficiary_ == address(0)) revert MarketplaceInvalidBeneficiary(beneficiary_);
        beneficiary = beneficiary_;
    }

    /// @inheritdoc IPlacements
    function bid(uint256 id, address token, uint96 rate, uint96 amount) external nonReentrant {
        _place(id, token, rate, amount);
    }

    /// @inheritdoc IPlacements
    // slither-disable-next-line reentrancy-benign -- guarded against being entered again
    function bidWithPermit(
        uint256 id,
        address token,
        uint96 rate,
        uint96 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        // Anybody who saw the permit may have used it already; only the allowance counts.
        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _place(id, token, rate, amount);
    }

    /// @inheritdoc IPlacements
    function cancelBid(uint256 id, address token, address to) external nonReentrant returns (uint96 refund) {
        Bid memory last = _load(id, token, msg.sender);
        refund = last.funds - _collect(id, token, msg.sender, last);
        delete _bids[token][id][msg.sender];
        emit BidCancelled(id, token, msg.sender, to, refund);
        if (refund > 0) _push(token, to, refund);
    }

    /// @inheritdoc IPlacements
    function collect(address token, BidKey[] calldata bids) external nonReentrant returns (uint256 amount) {
        uint256 before = revenue[token];
        for (uint256 i = 0; i < bids.length; ++i) {
            BidKey calldata key = bids[i];
            Bid memory last = _load(key.listing, token, key.sponsor);
            _collect(key.listing, token, key.sponsor, last);
            _bids[token][key.listing][key.sponsor] = last;
        }
        return revenue[token] - before;
    }

    /// @inheritdoc IPlacements
    function withdrawRevenue(address token, address to) external nonReentrant returns (uint256 amount) {
        _requireSender(beneficiary);
        amount = revenue[token];
        if (amount == 0) revert MarketplaceNoRevenue(token);
        revenue[token] = 0;
        emit RevenueWithdrawn(token, to, amount);
        _push(token, to, amount);
    }

    /// @inheritdoc IPlacements
    function bidOf(uint256 id, address token, address sponsor) external view returns (Bid memory) {
        return _bids[token][id][sponsor];
    }

    /// @inheritdoc IPlacements
    function bidBalance(uint256 id, address token, address sponsor) external view returns (uint96) {
        Bid memory last = _bids[token][id][sponsor];
        return last.funds - _cost(last, _funded(id, last));
    }

    /// @inheritdoc IPlacements
    function bidEnd(uint256 id, address token, address sponsor) external view returns (uint256) {
        Bid memory last = _load(id, token, sponsor);
        uint256 byFunds = last.since + Accrual.secondsFor(last.funds, last.rate);
        uint32 retiredAt = _retiredAt(id);
        return retiredAt == 0 ? byFunds : Math.min(byFunds, retiredAt);
    }

    function _place(uint256 id, address token, uint96 rate, uint96 amount) private {
        _requireListed(id);
        if (rate == 0) revert MarketplaceZeroRate();
        Bid memory last = _bids[token][id][msg.sender];
        // Seconds without funds are not owed: a top-up after them starts again, as another rate does.
        if (rate != last.rate || _funded(id, last) != present() - last.since) {
            last.funds -= _collect(id, token, msg.sender, last);
            (last.rate, last.since, last.collected) = (rate, present(), 0);
        }
        uint256 funds = uint256(last.funds) + amount;
        if (funds > type(uint96).max) revert MarketplaceExcessiveFunds(funds);
        last.funds = uint96(funds);
        _bids[token][id][msg.sender] = last;
        emit BidPlaced(id, token, msg.sender, amount, rate, last.funds, last.since);
        if (amount > 0) _pull(token, amount);
    }

    /// @dev Turns what `last` earned until now into revenue, in storage, and records it in `last`, in memory.
    /// @return cost Of all seconds since `since`.
    function _collect(uint256 id, address token, address sponsor, Bid memory last) private returns (uint96 cost) {
        uint32 secs = _funded(id, last);
        cost = _cost(last, secs);
        uint96 amount = cost - _cost(last, last.collected);
        if (amount == 0) return cost;
        last.collected = secs;
        revenue[token] += amount;
        emit BidCollected(id, token, sponsor, amount, secs);
    }

    function _load(uint256 id, address token, address sponsor) private view returns (Bid memory last) {
        last = _bids[token][id][sponsor];
        if (last.rate == 0) revert MarketplaceUnknownBid(id, token, sponsor);
    }

    /// @dev Seconds since `since` that count: listed, and covered by the funds.
    function _funded(uint256 id, Bid memory last) private view returns (uint32) {
        return uint32(Math.min(_listedUntil(id) - last.since, Accrual.secondsFor(last.funds, last.rate)));
    }

    /// @dev Never above `funds` for seconds that these cover.
    function _cost(Bid memory last, uint32 secs) private pure returns (uint96) {
        return uint96(Accrual.rateCost(last.rate, secs));
    }

    /// @dev Takes exactly `amount` from the sender, or reverts.
    function _pull(address token, uint256 amount) private {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert MarketplaceInexactTransfer(token, amount, received);
    }

    function _push(address token, address to, uint256 amount) private {
        if (to == address(0) || to == address(this)) revert MarketplaceInvalidReceiver(to);
        IERC20(token).safeTransfer(to, amount);
    }
}
