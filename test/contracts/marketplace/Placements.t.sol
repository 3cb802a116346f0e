// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Marketplace} from "../../../contracts/Marketplace.sol";
import {IListings} from "../../../contracts/interfaces/IListings.sol";
import {IPlacements} from "../../../contracts/interfaces/IPlacements.sol";
import {BlocklistToken} from "../../../contracts/mocks/BlocklistToken.sol";
import {FeeToken} from "../../../contracts/mocks/FeeToken.sol";
import {NoReturnToken} from "../../../contracts/mocks/NoReturnToken.sol";
import {ReentrantToken} from "../../../contracts/mocks/ReentrantToken.sol";
import {TestToken} from "../../../contracts/mocks/TestToken.sol";
import {MarketplaceFixture} from "./MarketplaceFixture.sol";
import {equal, isTrue, vm, within} from "../support/Vm.sol";

/// @notice Money of sponsored placement.
contract PlacementsTest is MarketplaceFixture {
    function _unknown(address sponsor) private view returns (bytes memory) {
        return abi.encodeWithSelector(IPlacements.MarketplaceUnknownBid.selector, app, token, sponsor);
    }

    function test_bid_isEarnedBySecondsAndEndsExactly() external {
        _bid(ann, 10 * UNIT, 1_000);
        equal(_balance(ann), 1_000, "nothing earned yet");
        equal(_end(ann), START + 100, "end");
        _after(99);
        equal(_balance(ann), 10, "one second left");
        _after(1);
        equal(_balance(ann), 0, "over");
        _after(1_000);
        equal(_balance(ann), 0, "no debt");
        equal(_collect(ann), 1_000, "all became revenue");
        equal(_collect(ann), 0, "once");
    }

    function test_slowRates_areExactOverTime() external {
        _bid(ann, UNIT / 3, 1_000); // a third of a unit a second, rounded down
        for (uint256 i = 0; i < 30; ++i) {
            _after(1);
            _collect(ann);
        }
        // UNIT / 3 * 30 is just below 10 units.
        equal(market.revenue(address(token)), 9, "collecting each second loses nothing");
        _after(1);
        equal(_collect(ann), 1, "the tenth");
    }

    function test_topUp_whileFunded_goesOnWithoutABreak() external {
        _bid(ann, UNIT / 2, 10);
        _after(3);
        _bid(ann, UNIT / 2, 5);
        equal(market.bidOf(app, address(token), ann).since, START, "since the first");
        _after(3);
        equal(_balance(ann), 12, "6 seconds, 3 units");
        equal(_end(ann), START + 31, "15 units and the half second that costs nothing yet");
    }

    function test_topUp_afterTheEnd_owesNothingForTheGap() external {
        _bid(ann, 10 * UNIT, 105);
        _after(1_000);
        equal(_balance(ann), 5, "less than a second's cost is left");
        _bid(ann, 10 * UNIT, 100);
        equal(_balance(ann), 105, "left and added");
        equal(_end(ann), START + 1_010, "counts from now");
        equal(market.revenue(address(token)), 100, "the first ten seconds");
    }

    function test_topUp_inTheVerySecondOfTheEnd_goesOn() external {
        _bid(ann, 10 * UNIT, 100);
        _after(10);
        _bid(ann, 10 * UNIT, 100);
        equal(market.bidOf(app, address(token), ann).since, START, "no gap");
        equal(_end(ann), START + 20, "end");
    }

    function test_changeOfRate_settlesFirst() external {
        _bid(ann, 10 * UNIT, 1_000);
        _after(20);
        _bid(ann, 40 * UNIT, 0);
        equal(market.revenue(address(token)), 200, "the old rate until now");
        equal(_balance(ann), 800, "the rest");
        _after(5);
        equal(_balance(ann), 600, "the new rate from now");
        _bid(ann, UNIT, 0);
        _after(1);
        equal(_balance(ann), 599, "lower again");
    }

    function test_changeOfRate_afterCollecting_collectsTheRestOnly() external {
        _bid(ann, 10 * UNIT, 1_000);
        _after(20);
        equal(_collect(ann), 200, "first");
        _after(5);
        _bid(ann, 20 * UNIT, 0);
        equal(market.revenue(address(token)), 250, "no second twice");
        equal(market.bidOf(app, address(token), ann).collected, 0, "nothing of the new rate");
    }

    function test_cancel_refundsTheRestAndForgets() external {
        _bid(ann, 10 * UNIT, 1_000);
        _after(30);
        equal(_cancel(ann), 700, "refund");
        equal(token.balanceOf(ann), 1_000_000 - 300, "paid");
        equal(market.revenue(address(token)), 300, "earned");
        equal(market.bidOf(app, address(token), ann).rate, 0, "gone");
        vm.expectRevert(_unknown(ann));
        _cancel(ann);
    }

    function test_cancel_ofAUsedUpBid_paysNothing() external {
        _bid(ann, 10 * UNIT, 100);
        _after(50);
        equal(_cancel(ann), 0, "refund");
        equal(market.revenue(address(token)), 100, "earned");
    }

    function test_cancel_paysWhereTheSponsorSays_butNotToNobody() external {
        _bid(ann, UNIT, 100);
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IPlacements.MarketplaceInvalidReceiver.selector, address(0)));
        market.cancelBid(app, address(token), address(0));
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IPlacements.MarketplaceInvalidReceiver.selector, address(market)));
        market.cancelBid(app, address(token), address(market));
        vm.prank(ann);
        market.cancelBid(app, address(token), OWNER);
        equal(token.balanceOf(OWNER), 100, "paid");
    }

    function test_bidsOfSponsors_andOfTokens_areApart() external {
        TestToken first = token;
        _bid(ann, 10 * UNIT, 1_000);
        _bid(BOB, 20 * UNIT, 1_000);
        _use(new TestToken("Second", "SND", 6));
        _bid(ann, 30 * UNIT, 1_000);
        _after(10);
        equal(_balance(ann), 700, "second token");
        equal(_cancel(ann), 700, "refund in the second token");
        token = first;
        equal(_balance(ann), 900, "first token");
        equal(_balance(BOB), 800, "other sponsor");
        equal(market.revenue(address(first)), 0, "revenue is of its token");
        _assertConserved([ann, BOB, CAROL]);
    }

    function test_retirement_endsTheCost() external {
        _bid(ann, 10 * UNIT, 1_000);
        _after(5);
        _retire();
        _after(500);
        equal(_balance(ann), 950, "five seconds");
        equal(_end(ann), START + 5, "end");
        vm.expectRevert(abi.encodeWithSelector(IListings.MarketplaceRetiredListing.selector, app, START + 5));
        _bid(ann, 10 * UNIT, 1);
        equal(_collect(ann), 50, "revenue");
        equal(_cancel(ann), 950, "refund");
    }

    function test_retirement_afterTheFundsEnded_changesNothing() external {
        _bid(ann, 10 * UNIT, 100);
        _after(50);
        _retire();
        equal(_end(ann), START + 10, "end");
        equal(_collect(ann), 100, "revenue");
    }

    function test_bid_needsAListingAndARate() external {
        uint256 nothing = app + 1;
        vm.expectRevert(abi.encodeWithSelector(IListings.MarketplaceUnknownListing.selector, nothing));
        vm.prank(ann);
        market.bid(nothing, address(token), UNIT, 1);
        vm.expectRevert(abi.encodeWithSelector(IPlacements.MarketplaceZeroRate.selector));
        _bid(ann, 0, 1);
    }

    function test_bid_takesNoMoreThanFitsAndNoMoreThanThereIs() external {
        token.mint(ann, type(uint128).max);
        _bid(ann, UNIT, type(uint96).max);
        vm.expectRevert(abi.encodeWithSelector(IPlacements.MarketplaceExcessiveFunds.selector, 1 << 96));
        _bid(ann, UNIT, 1);
        vm.expectRevert(
            abi.encodeWithSignature("ERC20InsufficientBalance(address,uint256,uint256)", BOB, 1_000_000, 1_000_001)
        );
        _bid(BOB, UNIT, 1_000_001);
    }

    function test_extremes_doNotOverflow() external {
        token.mint(ann, type(uint96).max);
        _bid(ann, type(uint96).max, type(uint96).max);
        equal(_end(ann), START + (1 << 32), "2^32 seconds at the highest rate");
        vm.warp(uint256(type(uint32).max) + 12_345);
        uint256 secs = type(uint32).max - START;
        equal(_balance(ann), type(uint96).max - ((uint256(type(uint96).max) * secs) >> 32), "time stands still");
        _collect(ann);
        isTrue(_cancel(ann) > 0, "refund");
    }

    function test_unknownBids_areNamed() external {
        equal(_balance(ann), 0, "no balance");
        vm.expectRevert(_unknown(ann));
        _end(ann);
        vm.expectRevert(_unknown(ann));
        _collect(ann);
        vm.expectRevert(_unknown(ann));
        _cancel(ann);
    }

    function test_collect_ofManyAtOnce_evenTwiceTheSame() external {
        _bid(ann, 10 * UNIT, 1_000);
        _bid(BOB, 20 * UNIT, 1_000);
        _after(10);
        IPlacements.BidKey[] memory keys = new IPlacements.BidKey[](3);
        keys[0] = IPlacements.BidKey(app, ann);
        keys[1] = IPlacements.BidKey(app, BOB);
        keys[2] = IPlacements.BidKey(app, ann);
        equal(market.collect(address(token), keys), 300, "collected");
        equal(market.revenue(address(token)), 300, "revenue");
        equal(market.collect(address(token), new IPlacements.BidKey[](0)), 0, "none");
    }

    function test_beneficiary_takesRevenueAndNothingElse() external {
        equal(uint160(market.beneficiary()), uint160(BENEFICIARY), "beneficiary");
        bytes memory none = abi.encodeWithSelector(IPlacements.MarketplaceNoRevenue.selector, token);
        _bid(ann, 10 * UNIT, 1_000);
        _after(10);
        vm.prank(BENEFICIARY);
        vm.expectRevert(none);
        market.withdrawRevenue(address(token), BENEFICIARY);
        _collect(ann);
        vm.expectRevert(abi.encodeWithSelector(IListings.MarketplaceInvalidSender.selector, ann, BENEFICIARY));
        vm.prank(ann);
        market.withdrawRevenue(address(token), ann);
        vm.expectRevert(abi.encodeWithSelector(IPlacements.MarketplaceInvalidReceiver.selector, address(0)));
        vm.prank(BENEFICIARY);
        market.withdrawRevenue(address(token), address(0));
        vm.prank(BENEFICIARY);
        equal(market.withdrawRevenue(address(token), OWNER), 100, "amount");
        equal(token.balanceOf(OWNER), 100, "paid");
        equal(_balance(ann), 900, "the sponsor's own");
        vm.prank(BENEFICIARY);
        vm.expectRevert(none);
        market.withdrawRevenue(address(token), OWNER);
    }

    function test_construction_needsABeneficiary() external {
        vm.expectRevert(abi.encodeWithSelector(IPlacements.MarketplaceInvalidBeneficiary.selector, address(0)));
        new Marketplace(address(0));
    }

    // Permits

    function _permit(uint256 amount) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                ann,
                address(market),
                amount,
                token.nonces(ann),
                START
            )
        );
        return vm.sign(ANN_KEY, keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), structHash)));
    }

    function test_bidWithPermit_needsNoAllowance_andSurvivesAFrontRunner() external {
        vm.prank(ann);
        token.approve(address(market), 0);
        (uint8 v, bytes32 r, bytes32 s) = _permit(500);
        vm.prank(ann);
        market.bidWithPermit(app, address(token), UNIT, 500, START, v, r, s);
        equal(_balance(ann), 500, "funded");
        (v, r, s) = _permit(300);
        vm.prank(BOB);
        token.permit(ann, address(market), 300, START, v, r, s);
        vm.prank(ann);
        market.bidWithPermit(app, address(token), UNIT, 300, START, v, r, s);
        equal(_balance(ann), 800, "funded all the same");
    }

    // Tokens that misbehave

    function test_feeOnTransfer_isRefused() external {
        _use(new FeeToken());
        vm.expectRevert(abi.encodeWithSelector(IPlacements.MarketplaceInexactTransfer.selector, token, 1_000, 990));
        _bid(ann, UNIT, 1_000);
    }

    function test_tokenWithoutReturnValuesOrPermit_works() external {
        _use(TestToken(address(new NoReturnToken())));
        vm.prank(ann);
        market.bidWithPermit(app, address(token), 10 * UNIT, 1_000, START, 27, 0, 0);
        _after(10);
        equal(_cancel(ann), 900, "refund");
        vm.prank(BENEFICIARY);
        equal(market.withdrawRevenue(address(token), BENEFICIARY), 100, "revenue");
        equal(token.balanceOf(BENEFICIARY), 100, "paid");
    }

    function test_addressWithoutCode_isNoToken() external {
        vm.prank(ann);
        (bool success,) = address(market).call(abi.encodeCall(market.bid, (app, address(0xDEAD), UNIT, 1)));
        isTrue(!success, "refused");
    }

    function test_blockedSponsorOrBeneficiary_blocksNobodyElse() external {
        BlocklistToken blocking = new BlocklistToken();
        _use(blocking);
        _bid(ann, 10 * UNIT, 1_000);
        _bid(BOB, 10 * UNIT, 1_000);
        _after(10);
        blocking.setBlocked(ann, true);
        blocking.setBlocked(BENEFICIARY, true);
        vm.expectRevert(abi.encodeWithSelector(BlocklistToken.Blocked.selector, ann));
        _cancel(ann);
        equal(_cancel(BOB), 900, "bob");
        _collect(ann);
        vm.prank(BENEFICIARY);
        equal(market.withdrawRevenue(address(token), CAROL), 200, "beneficiary");
        vm.prank(ann);
        equal(market.cancelBid(app, address(token), CAROL), 900, "ann");
    }

    /// @dev Where no money moves, the token is not even asked.
    function test_tokenThatRefuses_stopsNoChangeOfRate_norTheEndOfAUsedUpBid() external {
        BlocklistToken blocking = new BlocklistToken();
        _use(blocking);
        _bid(ann, 10 * UNIT, 1_000);
        blocking.setBlocked(address(market), true);
        blocking.setBlocked(ann, true);
        _bid(ann, 100 * UNIT, 0);
        _after(10);
        equal(_cancel(ann), 0, "used up");
        vm.expectRevert(abi.encodeWithSelector(BlocklistToken.Blocked.selector, address(market)));
        _bid(ann, UNIT, 1);
    }

    /// @dev Every function that moves money is tried from inside a transfer: all are refused.
    function test_reentrancy_isRefusedEverywhere() external {
        ReentrantToken evil = new ReentrantToken();
        _use(evil);
        _bid(BOB, UNIT, 1_000);
        bytes[] memory calls = new bytes[](5);
        calls[0] = abi.encodeCall(market.bid, (app, address(token), UNIT, 1));
        calls[1] =
            abi.encodeCall(market.bidWithPermit, (app, address(token), UNIT, 1, START, 27, bytes32(0), bytes32(0)));
        calls[2] = abi.encodeCall(market.cancelBid, (app, address(token), BOB));
        calls[3] = abi.encodeCall(market.collect, (address(token), new IPlacements.BidKey[](0)));
        calls[4] = abi.encodeCall(market.withdrawRevenue, (address(token), BOB));
        for (uint256 i = 0; i < 2 * calls.length; ++i) {
            evil.arm(address(market), calls[i / 2]);
            if (i % 2 == 0) _bid(ann, UNIT, 100);
            else equal(_cancel(ann), 100, "paid once");
            isTrue(evil.attempted() && !evil.succeeded(), "refused");
            isTrue(
                bytes4(evil.answer()) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "by the guard"
            );
        }
    }

    // Properties

    /// @dev The cost depends on time alone, not on how often anybody collects or adds funds.
    function testFuzz_stepsDoNotMatter(uint96 rate, uint96 amount, uint16[12] calldata waits) external {
        rate = uint96(within(rate, 1, 1 << 50));
        amount = uint96(within(amount, 1, 500_000));
        uint256 funds = amount;
        _bid(ann, rate, amount);
        for (uint256 i = 0; i < waits.length; ++i) {
            uint256 elapsed = vm.getBlockTimestamp() - START;
            bool funded = _end(ann) >= START + elapsed;
            if (i % 3 == 2 && funded) {
                _bid(ann, rate, 1_000);
                funds += 1_000;
            } else {
                _collect(ann);
            }
            _after(waits[i]);
        }
        vm.assume(_end(ann) >= vm.getBlockTimestamp());
        uint256 cost = (uint256(rate) * (vm.getBlockTimestamp() - START)) >> 32;
        equal(_balance(ann), funds - cost, "balance");
        _collect(ann);
        equal(market.revenue(address(token)), cost, "revenue");
    }

    /// @dev At its end a bid has used up its funds to less than the cost of one more second.
    function testFuzz_endIsExact(uint96 rate, uint96 amount) external {
        rate = uint96(within(rate, 1 << 20, type(uint96).max));
        amount = uint96(within(amount, 0, 1_000_000));
        _bid(ann, rate, amount);
        uint256 secs = _end(ann) - START;
        isTrue((uint256(rate) * secs) >> 32 <= amount, "covered");
        isTrue((uint256(rate) * (secs + 1)) >> 32 > amount, "not one second more");
    }
}
