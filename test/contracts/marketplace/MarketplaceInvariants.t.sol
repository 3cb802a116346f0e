// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IListings} from "../../../contracts/interfaces/IListings.sol";
import {IPlacements} from "../../../contracts/interfaces/IPlacements.sol";
import {MarketplaceFixture} from "./MarketplaceFixture.sol";
import {equal, isTrue, vm, within} from "../support/Vm.sol";

/// @notice Does to the market's money whatever sponsors, beneficiary, owner and strangers can do, in any order, and keeps
/// a model of it: what every bid costs in each stretch of time, in units of 2^-32.
contract MarketplaceHandler is MarketplaceFixture {
    address private constant STRANGER = address(0x5742);
    uint256 public paidIn;
    uint256 public refunded;
    uint256 public withdrawn;
    /// @dev Sum over all bids of rate times seconds in which they counted.
    uint256 public earnedScaled;
    /// @dev Times at which a bid was settled for good; each forgives less than one unit.
    uint256 public settlements;
    uint256 public wrongPayments;
    uint256 public breaches;

    constructor() {
        setUp();
    }

    /// @dev Once: a history must not begin again in its middle.
    function setUp() public override {
        if (address(market) == address(0)) super.setUp();
    }

    function sponsors() public view returns (address[3] memory) {
        return [ann, BOB, CAROL];
    }

    function wait(uint16 secs) external {
        uint256 from = vm.getBlockTimestamp();
        for (uint256 i = 0; i < 3; ++i) {
            address sponsor = sponsors()[i];
            uint96 rate = market.bidOf(app, address(token), sponsor).rate;
            if (rate == 0) continue;
            uint256 end = _end(sponsor);
            uint256 until = end < from + secs ? end : from + secs;
            if (until > from) earnedScaled += uint256(rate) * (until - from);
        }
        _after(secs);
    }

    function bid(uint8 who, uint96 rate, uint96 amount) external {
        if (market.listing(app).retiredAt != 0) _relist();
        address sponsor = sponsors()[who % 3];
        rate = uint96(within(rate, 1, 100 * uint256(UNIT)));
        _place(sponsor, rate, uint96(within(amount, 0, 20_000)));
    }

    function topUp(uint8 who, uint96 amount) external {
        address sponsor = sponsors()[who % 3];
        uint96 rate = market.bidOf(app, address(token), sponsor).rate;
        if (rate == 0 || market.listing(app).retiredAt != 0) return;
        _place(sponsor, rate, uint96(within(amount, 1, 20_000)));
    }

    function cancel(uint8 who) external {
        address sponsor = sponsors()[who % 3];
        if (market.bidOf(app, address(token), sponsor).rate == 0) return;
        uint256 expected = _balance(sponsor);
        uint256 before = token.balanceOf(sponsor);
        uint256 refund = _cancel(sponsor);
        if (refund != expected || token.balanceOf(sponsor) - before != expected) ++wrongPayments;
        refunded += refund;
        ++settlements;
    }

    function collect(uint8 who) external {
        address sponsor = sponsors()[who % 3];
        if (market.bidOf(app, address(token), sponsor).rate == 0) return;
        uint256 balance = _balance(sponsor);
        vm.prank(STRANGER);
        _collect(sponsor);
        if (_balance(sponsor) != balance) ++wrongPayments;
    }

    function withdrawRevenue() external {
        uint256 expected = market.revenue(address(token));
        if (expected == 0) return;
        vm.prank(BENEFICIARY);
        uint256 amount = market.withdrawRevenue(address(token), BENEFICIARY);
        if (amount != expected) ++wrongPayments;
        withdrawn += amount;
    }

    /// @dev Rare, so that long histories happen too.
    function retire(uint8 dice) external {
        if (dice % 16 == 0 && market.listing(app).retiredAt == 0) _retire();
    }

    /// @dev What nobody may do: end or touch another's bid, take revenue, retire another's listing.
    function attack(uint8 who) external {
        address attacker = who % 4 == 3 ? STRANGER : sponsors()[who % 4];
        _try(attacker, abi.encodeCall(market.withdrawRevenue, (address(token), attacker)));
        _try(attacker, abi.encodeCall(market.retire, (app)));
        _try(STRANGER, abi.encodeCall(market.cancelBid, (app, address(token), STRANGER)));
        if (market.bidOf(app, address(token), attacker).rate == 0) {
            _try(attacker, abi.encodeCall(market.cancelBid, (app, address(token), attacker)));
        }
    }

    function held() external view returns (uint256) {
        return token.balanceOf(address(market));
    }

    function revenue() external view returns (uint256) {
        return market.revenue(address(token));
    }

    /// @dev Sponsors' balances, and what is earned and not collected yet.
    function owed() external view returns (uint256 balances, uint256 uncollected) {
        for (uint256 i = 0; i < 3; ++i) {
            address sponsor = sponsors()[i];
            IPlacements.Bid memory last = market.bidOf(app, address(token), sponsor);
            uint256 balance = _balance(sponsor);
            balances += balance;
            uncollected += last.funds - ((uint256(last.rate) * last.collected) >> 32) - balance;
        }
    }

    /// @dev Bids live on a listing; after its retirement all are cancelled and another one takes its place.
    function _relist() private {
        for (uint256 i = 0; i < 3; ++i) {
            address sponsor = sponsors()[i];
            if (market.bidOf(app, address(token), sponsor).rate == 0) continue;
            refunded += _cancel(sponsor);
            ++settlements;
        }
        vm.prank(OWNER);
        app = market.register(IListings.Kind.App, keccak256("another"), "");
    }

    function _place(address sponsor, uint96 rate, uint96 amount) private {
        token.mint(sponsor, amount);
        uint256 expected = _balance(sponsor) + amount;
        uint32 since = market.bidOf(app, address(token), sponsor).since;
        _bid(sponsor, rate, amount);
        paidIn += amount;
        if (market.bidOf(app, address(token), sponsor).since != since) ++settlements;
        if (_balance(sponsor) != expected) ++wrongPayments;
    }

    function _try(address attacker, bytes memory data) private {
        vm.prank(attacker);
        (bool success,) = address(market).call(data);
        if (success) ++breaches;
    }
}

contract MarketplaceInvariantsTest {
    MarketplaceHandler private handler;

    function setUp() external {
        handler = new MarketplaceHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_conservation_heldIsInLessOut() external view {
        equal(handler.held(), handler.paidIn() - handler.refunded() - handler.withdrawn(), "held");
    }

    function invariant_solvency_everyUnitIsSomebodys() external view {
        (uint256 balances, uint256 uncollected) = handler.owed();
        equal(handler.held(), balances + uncollected + handler.revenue(), "balances and revenue");
    }

    function invariant_revenueIsWhatWasEarned_andNeverMore() external view {
        (, uint256 uncollected) = handler.owed();
        uint256 taken = handler.withdrawn() + handler.revenue() + uncollected;
        uint256 earned = handler.earnedScaled() >> 32;
        isTrue(taken <= earned, "never more");
        isTrue(earned - taken <= handler.settlements() + 3, "less than a unit a settlement and running bid");
    }

    function invariant_sponsorsGetBackWhatIsTheirs_andNobodyMovesIt() external view {
        equal(handler.wrongPayments(), 0, "payments and balances as the views said");
    }

    function invariant_nobodyDoesWhatIsAnothers() external view {
        equal(handler.breaches(), 0, "adversarial calls that succeeded");
    }
}
