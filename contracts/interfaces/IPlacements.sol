// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Sponsored placement of listings
/// @notice A sponsor bids a rate for a listing and prepays it. As long as the funds last, and the listing is not retired,
/// its bid counts; rates are base units of the token times 2^32 per second, as everywhere. A listing's weight in one token
/// is the sum of the rates of the bids that count; sponsored listings come in falling order of it, equal ones with the
/// lower number first. This order follows from the events alone, and is shown apart from the organic order, with a label.
///
///   balance = funds - floor(rate * min(seconds since `since`, seconds that the funds cover) / 2^32)
///
/// What is earned belongs to the beneficiary; the balance belongs to the sponsor, and nobody else can move it.
interface IPlacements {
    /// @notice A sponsor's bid for a listing in one token.
    struct Bid {
        uint96 rate;
        uint96 funds; // at `since`, plus deposits later; the earned part is not taken off before the next settlement
        uint32 since; // from when `rate` counts
        uint32 collected; // seconds since `since` whose cost has become revenue
    }

    /// @notice Names a bid among those in one token.
    struct BidKey {
        uint256 listing;
        address sponsor;
    }

    /// @notice The bid is now this, after `amount` was deposited. Where `since` is new, nothing of it is collected yet.
    event BidPlaced(
        uint256 indexed listing,
        address indexed token,
        address indexed sponsor,
        uint96 amount,
        uint96 rate,
        uint96 funds,
        uint32 since
    );
    /// @notice `amount` of the bid became revenue: its cost of the first `collected` seconds since `since`.
    event BidCollected(
        uint256 indexed listing, address indexed token, address indexed sponsor, uint96 amount, uint32 collected
    );
    /// @notice The bid is gone, and its balance of `refund` went to `to`.
    event BidCancelled(
        uint256 indexed listing, address indexed token, address indexed sponsor, address to, uint96 refund
    );
    event RevenueWithdrawn(address indexed token, address indexed to, uint256 amount);

    error MarketplaceInvalidBeneficiary(address beneficiary);
    /// @notice The receiver is zero or this contract.
    error MarketplaceInvalidReceiver(address receiver);
    /// @notice A bid has a rate; to end one, cancel it.
    error MarketplaceZeroRate();
    /// @notice The funds of the bid would reach 2^96.
    error MarketplaceExcessiveFunds(uint256 funds);
    error MarketplaceUnknownBid(uint256 listing, address token, address sponsor);
    /// @notice The token moved an amount other than requested (fee on transfer): refused.
    error MarketplaceInexactTransfer(address token, uint256 expected, uint256 received);
    error MarketplaceNoRevenue(address token);

    /// @notice Bids `rate` for the listing `id`, with `amount` more from the sender's allowance. The same rate again is a top-up;
    /// another one settles the old at this second first. Not for a retired listing.
    function bid(uint256 id, address token, uint96 rate, uint96 amount) external;

    /// @notice The same with an ERC-2612 permit; a permit that somebody else already used does no harm.
    function bidWithPermit(
        uint256 id,
        address token,
        uint96 rate,
        uint96 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Ends the sender's bid and pays its balance to `to`. Possible at any time, even after retirement.
    function cancelBid(uint256 id, address token, address to) external returns (uint96 refund);

    /// @notice Turns what bids have earned until now into revenue. By anybody; how often does not change the sum.
    function collect(address token, BidKey[] calldata bids) external returns (uint256 amount);

    /// @notice Beneficiary withdraws the collected revenue in one token, and can withdraw nothing else.
    function withdrawRevenue(address token, address to) external returns (uint256 amount);

    /// @notice The account that owns the revenue; fixed at construction.
    function beneficiary() external view returns (address);
    /// @notice Collected and not yet withdrawn.
    function revenue(address token) external view returns (uint256);
    function bidOf(uint256 id, address token, address sponsor) external view returns (Bid memory);
    /// @notice What the sponsor would get back at the present second.
    function bidBalance(uint256 id, address token, address sponsor) external view returns (uint96);
    /// @notice The second from which the bid no longer counts: the funds are used up, or the listing is retired.
    function bidEnd(uint256 id, address token, address sponsor) external view returns (uint256);
}
